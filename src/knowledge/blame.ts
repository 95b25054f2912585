import type {
  DetectedIntermediary,
  Evidence,
  FindingId,
  Fix,
  HopFacts,
  RuleContext,
  Severity,
} from '../types.ts';
import { fixesForSuspects } from './fixes.ts';
import { INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import { findingOf, type Topic } from './intermediary.ts';
import { bytesEvidence, eventsEvidence, msEvidence, showMs, textEvidence } from './phrases.ts';
import { hasAccelOptOut, hasIncremental, hasNoTransform, headersOf, headWaitMs } from './readings.ts';
import { suspectFromHold } from './suspect.ts';

/** Two block sizes or periods that differ by less than this share are the same mechanism. */
const SAME_SHARE = 0.25;

/** A response head late by less is not worth a line. */
const NOTEWORTHY_MS = 20;

/**
 * What stands at a hop: recognised by its marks, surest first, then suspected from how it holds, unless what was
 * recognised is known to cause this finding.
 */
export function suspectsAt(hop: HopFacts, finding: FindingId): DetectedIntermediary[] {
  const known = hop.intermediaries;
  const told = known.some(
    ({ id, confidence }) =>
      confidence !== 'possible' && INTERMEDIARY_BY_ID.get(id)?.because?.[finding] !== undefined,
  );
  if (told) return known;
  return [...known, ...suspectFromHold(hop).filter(({ id }) => !known.some((one) => one.id === id))];
}

/** The fixes for a finding at a hop, without the headers that the hop nearest to the origin shows to be sent already. */
export function fixesAt({ hop, hops }: RuleContext, topic: Topic): Fix[] {
  const sent = headersOf(hops[0] ?? hop);
  return fixesForSuspects(suspectsAt(hop, findingOf(topic)), topic).filter(({ where, change }) => {
    // The gateway would add what is sent already.
    if (where === 'gateway') return !hasAccelOptOut(sent);
    if (where !== 'origin') return true;
    if (change.startsWith('X-Accel-Buffering:')) return !hasAccelOptOut(sent);
    if (change.startsWith('Incremental:')) return !hasIncremental(sent);
    return !(change.startsWith('Cache-Control:') && change.includes('no-transform') && hasNoTransform(sent));
  });
}

/** "This hop is nginx 1.22.1 (certain)." with the reason that product has for this finding; '' when nothing is known. */
export function blameSentence(hop: HopFacts, topic: Topic): string {
  const finding = findingOf(topic);
  const reasons = suspectsAt(hop, finding).flatMap((suspect) => {
    const product = INTERMEDIARY_BY_ID.get(suspect.id);
    const because = product?.because?.[finding];
    const reason = typeof because === 'function' ? because(hop) : (because ?? null);
    if (product === undefined || reason === null) return [];
    return [{ suspect, name: product.name, reason }];
  });
  const pointed = pointedAt(
    hop,
    reasons.map(({ suspect }) => suspect),
  );
  // What the way of holding points to is told alone: the others only stand on the way.
  const told = pointed === null ? reasons : reasons.filter(({ suspect }) => suspect.id === pointed.id);
  const parts = told.slice(0, 2).map(({ suspect, name, reason }) => `${whatStands(suspect, name)} ${reason}`);
  const sure = reasons.filter(({ suspect }) => suspect.confidence !== 'possible');
  if (sure.length < 2) return parts.join(' ');
  const names = sure.map(({ name }) => name);
  return [...parts, whichOfThem(names, pointed)].join(' ');
}

/** Of several recognised products the one whose way of holding this is, with what shows it; null where none is. */
function pointedAt(hop: HopFacts, suspects: readonly DetectedIntermediary[]): DetectedIntermediary | null {
  const sure = suspects.filter(({ confidence }) => confidence !== 'possible');
  if (sure.length < 2) return null;
  const byHold = suspectFromHold(hop).filter(({ id }) => sure.some((one) => one.id === id));
  const [only, second] = byHold;
  if (only === undefined || second !== undefined) return null;
  const found = sure.find(({ id }) => id === only.id);
  return found === undefined ? null : { ...found, evidence: [...only.evidence, ...found.evidence] };
}

function whichOfThem(names: readonly string[], pointed: DetectedIntermediary | null): string {
  const all =
    names.length === 2 ? names.join(' and ') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return pointed === null
    ? `${all} stand on this way, and each of them can do this: measure between them to tell.`
    : `${all} stand on this way; ${pointed.evidence[0] ?? 'the way it holds'} points to ${INTERMEDIARY_BY_ID.get(pointed.id)?.name ?? pointed.id}.`;
}

function whatStands(suspect: DetectedIntermediary, name: string): string {
  const full = suspect.version === null ? name : `${name} ${suspect.version}`;
  const seen = suspect.evidence[0] ?? '';
  if (suspect.confidence === 'certain') return `This hop is ${full} (${seen}).`;
  if (suspect.confidence === 'likely') return `This hop is likely ${full} (${seen}).`;
  return `It could be ${full} (${seen}).`;
}

/** The closest hop toward the origin that delivered events, or null. */
export function nearestDelivering({ hop, hops }: RuleContext): HopFacts | null {
  return hops.filter((one) => one.index < hop.index && one.timeline.events.length > 0).at(-1) ?? null;
}

/** The closest hop toward the origin that holds, or null. */
export function nearerHolder({ hop, hops }: RuleContext): HopFacts | null {
  const holders = hops.filter(
    (one) => one.index < hop.index && one.hold !== null && holdSeverity(one) === 'error',
  );
  return holders.at(-1) ?? null;
}

/**
 * The nearer hop whose hold this hop merely shows again, or null when this hop holds by itself.
 *
 * A hold of the same kind, block and period that adds no lateness was there before. So was an unexplained one (`unknown`)
 * that adds none.
 */
export function inheritedFrom(context: RuleContext): HopFacts | null {
  const { hop, options } = context;
  const holder = nearerHolder(context);
  if (holder === null || hop.hold === null || holder.hold === null) return null;
  const addedMs = (hop.judgedHoldMs ?? 0) - (holder.judgedHoldMs ?? 0);
  const bothKnown = hop.judgedHoldMs !== null && holder.judgedHoldMs !== null;
  if (bothKnown && addedMs > options.maxHoldMs) return null;
  if (hop.hold.kind === 'unknown' && bothKnown) return holder;
  const same =
    hop.hold.kind === holder.hold.kind &&
    alike(hop.hold.blockBytes, holder.hold.blockBytes) &&
    alike(hop.hold.periodMs, holder.hold.periodMs);
  return same ? holder : null;
}

function alike(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return true;
  return Math.abs(a - b) <= Math.max(a, b) * SAME_SHARE;
}

/** A hold is an error where it decides the verdict; where nothing could be judged, or all is well in time, it is not. */
export function holdSeverity(hop: HopFacts): Severity {
  return hop.verdict === 'held' || hop.verdict === 'cut' || hop.verdict === 'altered' ? 'error' : 'warning';
}

/** How late, in numbers: for every finding about a hold. */
export function latenessEvidence(hop: HopFacts, nearer: HopFacts | null): Evidence[] {
  const list: Evidence[] = [];
  const { events, releases } = hop.timeline;
  // Of a head that was held alone, the events say nothing.
  if (hop.hold?.kind === 'head-only') return headEvidence(hop);
  if (events.length > 0) {
    const due = hop.holds.map((sample) => sample.dueMs);
    const spanMs = due.length > 1 ? Math.max(...due) - Math.min(...due) : null;
    const sent =
      spanMs === null ? 'events arrived in so many releases' : `events sent over ${showMs(spanMs)}`;
    const carrying = releases.filter((release) => release.events > 0).length;
    list.push(eventsEvidence(sent, events.length));
    list.push(textEvidence('releases they arrived in', carrying, `about ${events.length}`));
  } else if (nearer !== null && nearer.timeline.events.length > 0) {
    list.push(
      eventsEvidence('events that arrived here', 0, `${nearer.timeline.events.length} (${nearer.name})`),
    );
  }
  if (hop.holds.length > 0) {
    list.push(msEvidence('worst hold', Math.max(...hop.holds.map((sample) => sample.holdMs))));
  }
  list.push(...mechanismEvidence(hop));
  if (hop.judgedHoldMs !== null) list.push(msEvidence('hold the verdict was judged by', hop.judgedHoldMs));
  if (hop.clockErrorMs !== null) list.push(msEvidence('error of the clocks, at most', hop.clockErrorMs));
  return list;
}

function headEvidence(hop: HopFacts): Evidence[] {
  const waitedMs = headWaitMs(hop.observation);
  return [
    ...(waitedMs === null ? [] : [msEvidence('response head after', waitedMs)]),
    ...(hop.headHoldMs === null ? [] : [msEvidence('response head late by', hop.headHoldMs)]),
  ];
}

function mechanismEvidence(hop: HopFacts): Evidence[] {
  const list: Evidence[] = [];
  const { hold } = hop;
  if (hold?.blockBytes != null) list.push(bytesEvidence('block size', hold.blockBytes));
  if (hold?.periodMs != null) list.push(msEvidence('period', hold.periodMs));
  if (hold?.atLeastMs != null) list.push(msEvidence('held for at least', hold.atLeastMs));
  if (hold?.atLeastBytes != null) list.push(bytesEvidence('held at least', hold.atLeastBytes));
  if ((hop.headHoldMs ?? 0) >= NOTEWORTHY_MS)
    list.push(msEvidence('response head late by', hop.headHoldMs ?? 0));
  return list;
}
