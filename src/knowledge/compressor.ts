import type { HoldKind, RuleContext } from '../types.ts';
import { inheritedFrom } from './blame.ts';
import { codingOf } from './readings.ts';
import { startsWithBareGzipHeader } from './suspect.ts';

/** Kinds of hold that a compressor's own buffer makes. */
const KINDS: readonly HoldKind[] = ['until-close', 'until-full', 'initial', 'unknown'];

/**
 * Whether a compressor that is not flushed explains what a hop does; null when it does not.
 *
 * `likely` where its first bytes came alone, or where the nearer hop sends the stream uncompressed and in time. Never more:
 * that this hop holds may be proven, that its compressor does it takes an experiment without one.
 */
export function unflushedCompressor(context: RuleContext): 'likely' | 'possible' | null {
  const { hop, nearer } = context;
  if (codingOf(hop) === null) return null;
  const held = hop.hold !== null && KINDS.includes(hop.hold.kind) && hop.verdict !== 'streaming';
  const bare = startsWithBareGzipHeader(hop);
  // A stream that never ends shows nothing but the compressor's header.
  const silent = bare && hop.timeline.events.length === 0;
  if ((!held && !silent) || inheritedFrom(context) !== null) return null;
  return bare || isCodedAfter(nearer) ? 'likely' : 'possible';
}

/** True when the nearer hop answers without a coding: the compression happens after it. */
export function isCodedAfter(nearer: RuleContext['nearer']): boolean {
  return nearer !== null && nearer.observation.response !== null && codingOf(nearer) === null;
}
