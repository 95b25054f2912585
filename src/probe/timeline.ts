import { createHash } from 'node:crypto';
import type { Observation, Timeline } from '../types.ts';
import { decodePieces } from './decode.ts';
import { readTimeline, type TimelineTools } from './read-timeline.ts';

const TOOLS: TimelineTools = {
  bytesOf: (base64) => Buffer.from(base64, 'base64'),
  decode: (pieces, coding) => decodePieces(pieces.map(asBuffer), coding),
  digest: (text) => createHash('sha256').update(text).digest('base64url').slice(0, 16),
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Turns a recording into events with arrival times, with what Node has to undo content codings. */
export function buildTimeline(observation: Observation): Timeline {
  return readTimeline(observation, TOOLS);
}
