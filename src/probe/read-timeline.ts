import { createParser } from 'eventsource-parser';
import { utf8Bytes } from '../http/base64.ts';
import { headerTokens, headerValue } from '../http/header-list.ts';
import { EVENT_STREAM, mediaType, NDJSON_TYPES } from '../http/media-type.ts';
import {
  type Observation,
  RELEASE_GAP_MS,
  type Release,
  type StreamFormat,
  type Timeline,
  type TimelineEvent,
} from '../types.ts';
import { createProtocolReader, type ProtocolReader } from './protocol.ts';

/** Characters of a wrong answer kept to explain it. */
const FIRST_TEXT_CHARACTERS = 200;

interface Piece {
  atMs: number;
  read: number;
  text: string;
}

/** What the stream parsers of all formats report to. */
interface Sink {
  events: TimelineEvent[];
  protocol: ProtocolReader;
  commentsAtMs: number[];
  /** Set per piece: is the parser inside an event when the piece ends? */
  openAfterPiece: boolean[];
}

/** What reading a recording needs and each platform has its own of. */
export interface TimelineTools {
  /** Undoes a content coding piece by piece; `ok` is false where that is not possible. */
  decode(pieces: Uint8Array[], coding: string | null): { pieces: Uint8Array[]; ok: boolean };
  bytesOf(base64: string): Uint8Array;
  /** A short name of a text: equal for equal texts, different for different ones. */
  digest(text: string): string;
}

/** Turns a recording into events with arrival times. Pure: the same observation always gives the same timeline. */
export function readTimeline(observation: Observation, tools: TimelineTools): Timeline {
  const headers = observation.response?.headers ?? [];
  const contentType = mediaType(headerValue(headers, 'content-type'));
  const contentCoding = headerTokens(headers, 'content-encoding').at(-1) ?? null;
  const raw = observation.chunks.map((chunk) => tools.bytesOf(chunk.base64));
  const receivedBytes = observation.chunks.map((chunk, i) => chunk.encodedBytes ?? raw[i]?.length ?? 0);
  const { pieces: decodedBytes, ok } = decodedPieces(observation, raw, contentCoding, tools);
  const utf8 = new TextDecoder('utf-8');
  const pieces: Piece[] = observation.chunks.map((chunk, i) => ({
    atMs: chunk.atMs,
    read: chunk.read,
    text: utf8.decode(decodedBytes[i] ?? new Uint8Array(), { stream: true }),
  }));
  const firstText = pieces
    .map((piece) => piece.text)
    .join('')
    .slice(0, FIRST_TEXT_CHARACTERS);
  const looksLikeEventStream = /^\uFEFF?(?::|(?:data|event|id|retry) ?:)/.test(firstText);
  const format = formatOf(contentType, looksLikeEventStream, observation);
  const sink = parse(format, pieces, createKeyMaker(tools));
  return {
    format,
    looksLikeEventStream,
    contentType,
    contentCoding: contentCoding === 'identity' ? null : contentCoding,
    decoded: ok,
    events: sink.events,
    protocol: sink.protocol.result(),
    commentsAtMs: sink.commentsAtMs,
    releases: groupReleases(observation, receivedBytes, sink),
    bodyBytes: receivedBytes.reduce((sum, bytes) => sum + bytes, 0),
    firstText,
  };
}

/** A masked recording was decoded before it was masked. */
function decodedPieces(
  { masked }: Observation,
  raw: Uint8Array[],
  coding: string | null,
  tools: TimelineTools,
): { pieces: Uint8Array[]; ok: boolean } {
  return masked === undefined ? tools.decode(raw, coding) : { pieces: raw, ok: masked.decoded };
}

function formatOf(
  type: string | null,
  looksLikeEventStream: boolean,
  observation: Observation,
): StreamFormat {
  if (observation.response === null) return 'other';
  if (type === EVENT_STREAM) return 'event-stream';
  if (type !== null && NDJSON_TYPES.has(type)) return 'ndjson';
  const textual = type !== null && (type.startsWith('text/') || type === 'application/json');
  if (!textual || type === 'text/html') return 'other';
  if (looksLikeEventStream) return 'event-stream';
  return observation.response.framing !== 'content-length' ? 'text' : 'other';
}

type KeyMaker = (id: string | null, type: string, data: string) => string;

function parse(format: StreamFormat, pieces: Piece[], keys: KeyMaker): Sink {
  if (format === 'event-stream') return parseEventStream(pieces, keys);
  if (format === 'ndjson') return parseLines(pieces, keys);
  const sink: Sink = { ...emptySink(), openAfterPiece: pieces.map(() => false) };
  if (format === 'text') {
    for (const piece of pieces)
      if (piece.text !== '') sink.events.push(toEvent(piece, null, piece.text, keys));
  }
  return sink;
}

function emptySink(): Sink {
  return { events: [], protocol: createProtocolReader(), commentsAtMs: [], openAfterPiece: [] };
}

function parseEventStream(pieces: Piece[], keys: KeyMaker): Sink {
  const sink = emptySink();
  let piece: Piece | undefined;
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (piece === undefined) return;
      const read = toEvent(piece, id ?? null, data, keys, { type: event ?? '', ...opened });
      // Stamps of the sender itself tell more: they count from before the gateway.
      read.sentAtEpochMs ??= commentStampMs;
      sink.events.push(read);
      sink.protocol.event(event ?? '', data, piece.atMs);
      opened = null;
      commentStampMs = null;
    },
    onComment: (comment) => {
      if (piece !== undefined) sink.commentsAtMs.push(piece.atMs);
      commentStampMs = readCommentStamp(comment) ?? commentStampMs;
    },
  });
  let opened: { startMs: number; pieces: number } | null = null;
  let commentStampMs: number | null = null;
  let tail = '';
  for (piece of pieces) {
    if (opened !== null) opened.pieces += 1;
    parser.feed(piece.text);
    tail = (tail + piece.text).slice(-4);
    // An event ends with an empty line (WHATWG HTML 9.2.6); anything else leaves one open.
    const open = tail !== '' && !/(\r\n|\n|\r)(\r\n|\n|\r)$/.test(tail);
    sink.openAfterPiece.push(open);
    if (!open) opened = null;
    else opened ??= { startMs: piece.atMs, pieces: 1 };
  }
  return sink;
}

function parseLines(pieces: Piece[], keys: KeyMaker): Sink {
  const sink = emptySink();
  let open = '';
  for (const piece of pieces) {
    const lines = (open + piece.text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      sink.events.push(toEvent(piece, null, line, keys));
      sink.protocol.event('', line, piece.atMs);
    }
    sink.openAfterPiece.push(open !== '');
  }
  return sink;
}

/** Equal events that repeat are told apart by their order, so that a heartbeat event matches its own twin. */
function createKeyMaker(tools: TimelineTools): KeyMaker {
  const seen = new Map<string, number>();
  return (id, type, data) => {
    const digest = tools.digest(`${id ?? ''}\0${type}\0${withoutStamp(data)}`);
    const repeat = (seen.get(digest) ?? 0) + 1;
    seen.set(digest, repeat);
    return `${digest}.${repeat}`;
  };
}

/** The same event of two connections differs in its stamp only: without it, both have the same key. */
function withoutStamp(data: string): string {
  return data.replace(/"sentAt":\s*\d+(?:\.\d+)?/, '');
}

function toEvent(
  piece: Piece,
  id: string | null,
  data: string,
  keys: KeyMaker,
  { type = '', startMs = piece.atMs, pieces = 1 }: { type?: string; startMs?: number; pieces?: number } = {},
): TimelineEvent {
  const stamp = readStamp(data);
  return {
    atMs: piece.atMs,
    startMs,
    pieces,
    read: piece.read,
    id,
    key: keys(id, type, data),
    bytes: utf8Bytes(data),
    seq: stamp.seq,
    sentAtEpochMs: stamp.sentAtEpochMs,
  };
}

/** Later than 2001 and earlier than 2286: thirteen digits, so milliseconds and not seconds. */
const EARLIEST_EPOCH_MS = 1e12;
const LATEST_EPOCH_MS = 1e13;

/** `: unclog <n> <epoch ms>`, as a gateway with `--stamp` puts it in front of an event that it passes on. */
function readCommentStamp(comment: string): number | null {
  const sentAt = Number(/^unclog \d+ (\d{13})$/.exec(comment)?.[1]);
  return sentAt > EARLIEST_EPOCH_MS && sentAt < LATEST_EPOCH_MS ? sentAt : null;
}

/** `seq` and `sentAt` as an unclog origin writes them; nulls for any other payload. */
function readStamp(data: string): { seq: number | null; sentAtEpochMs: number | null } {
  const none = { seq: null, sentAtEpochMs: null };
  if (!data.startsWith('{') || !data.includes('"sentAt"')) return none;
  try {
    const { seq, sentAt } = JSON.parse(data) as { seq?: unknown; sentAt?: unknown };
    const stamped = typeof sentAt === 'number' && sentAt > EARLIEST_EPOCH_MS && sentAt < LATEST_EPOCH_MS;
    return stamped ? { seq: Number.isInteger(seq) ? (seq as number) : null, sentAtEpochMs: sentAt } : none;
  } catch {
    return none;
  }
}

/** Joins socket reads that came together: what one release of a holding hop let go. */
function groupReleases(observation: Observation, receivedBytes: number[], sink: Sink): Release[] {
  const bodyOfRead = new Map<number, { bytes: number; open: boolean }>();
  observation.chunks.forEach((chunk, i) => {
    const before = bodyOfRead.get(chunk.read)?.bytes ?? 0;
    bodyOfRead.set(chunk.read, {
      bytes: before + (receivedBytes[i] ?? 0),
      open: sink.openAfterPiece[i] ?? false,
    });
  });
  const eventsOfRead = new Map<number, number>();
  for (const event of sink.events) eventsOfRead.set(event.read, (eventsOfRead.get(event.read) ?? 0) + 1);
  const releases: Release[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  observation.reads.forEach((read, index) => {
    const body = bodyOfRead.get(index);
    const open = releases.at(-1);
    const joins = open !== undefined && read.atMs - lastMs <= RELEASE_GAP_MS;
    lastMs = read.atMs;
    const release = joins ? open : { atMs: read.atMs, bytes: 0, wireBytes: 0, events: 0, cutsEvent: false };
    release.bytes += body?.bytes ?? 0;
    release.wireBytes += read.bytes;
    release.events += eventsOfRead.get(index) ?? 0;
    if (body !== undefined) release.cutsEvent = body.open;
    if (!joins) releases.push(release);
  });
  return releases;
}
