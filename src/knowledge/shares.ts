import type { Evidence, HopFacts, RuleContext } from '../types.ts';
import { holdSeverity } from './blame.ts';
import { bytesEvidence, msEvidence, sentences, showBytes, showMs } from './phrases.ts';

/** What one hop adds to what the hops nearer to the origin do. */
export interface Share {
  hop: HopFacts;
  /** Lateness beyond that of the nearer hops, milliseconds; null where one of both is not known. */
  addedMs: number | null;
  /** Block that events are collected into here and not before, bytes; null where there is none. */
  addedBytes: number | null;
}

/** An addition smaller than this is within what two measurements of the same thing differ by. */
const NOTEWORTHY_MS = 20;

/**
 * What every hop adds, nearest to the origin first. Lateness is compared with the latest of the nearer hops: a hop that
 * collects what a nearer one already held may even make it look smoother, and adds nothing then.
 */
export function sharesOf(hops: readonly HopFacts[]): Share[] {
  let beforeMs: number | null = 0;
  let beforeBytes = 0;
  return hops.map((hop) => {
    const hereMs = hop.judgedHoldMs;
    const addedMs: number | null =
      hereMs === null || beforeMs === null ? null : Math.max(0, hereMs - beforeMs);
    const bytes = hop.hold?.blockBytes ?? hop.hold?.atLeastBytes ?? 0;
    const addedBytes = bytes > beforeBytes ? bytes : null;
    if (hereMs !== null) beforeMs = Math.max(beforeMs ?? 0, hereMs);
    beforeBytes = Math.max(beforeBytes, bytes);
    return { hop, addedMs, addedBytes };
  });
}

/** The hops that hold, nearest to the origin first. */
function holders({ hops }: RuleContext): HopFacts[] {
  return hops.filter((hop) => hop.hold !== null && holdSeverity(hop) === 'error');
}

/** Where several hops hold: which one is first, and what this one adds. Null where this hop alone holds. */
export function shareSentence(context: RuleContext): string | null {
  const [first, second] = holders(context);
  if (first === undefined || second === undefined) return null;
  const { hop } = context;
  if (hop === first) {
    const others = holders(context).length - 1;
    return `"${hop.name}" is the first hop that holds, and ${others === 1 ? 'one' : others} behind it ${others === 1 ? 'holds' : 'hold'} too: begin here.`;
  }
  const share = sharesOf(context.hops)[hop.index];
  return sentences(
    `"${first.name}", nearer to the origin, holds already${amount(first)}: fix it first.`,
    share === undefined ? null : addition(share),
  );
}

function amount({ judgedHoldMs, hold }: HopFacts): string {
  const late = judgedHoldMs === null ? '' : ` (${showMs(judgedHoldMs)}`;
  const block = hold?.blockBytes == null ? '' : `blocks of ${showBytes(hold.blockBytes)}`;
  if (late === '') return block === '' ? '' : ` (${block})`;
  return block === '' ? `${late})` : `${late}, ${block})`;
}

function addition({ hop, addedMs, addedBytes }: Share): string | null {
  const parts = [
    addedMs === null ? null : addedMs < NOTEWORTHY_MS ? 'no lateness' : `${showMs(addedMs)} of lateness`,
    addedBytes === null ? null : `blocks of ${showBytes(addedBytes)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `"${hop.name}" adds ${parts.join(' and ')}.`;
}

/** What this hop adds, as numbers; nothing for the first hop of a chain. */
export function shareEvidence({ hop, hops, nearer }: RuleContext): Evidence[] {
  const share = sharesOf(hops)[hop.index];
  if (share === undefined || nearer === null) return [];
  return [
    ...(share.addedMs === null ? [] : [msEvidence(`added after ${nearer.name}`, share.addedMs)]),
    ...(share.addedBytes === null || nearer.hold === null
      ? []
      : [bytesEvidence(`collected here and not at ${nearer.name}`, share.addedBytes)]),
  ];
}
