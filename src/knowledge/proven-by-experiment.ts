import type { Factor, Finding, FindingId, Fix, HopFacts, SENDER_FACTORS } from '../types.ts';
import { suspectsAt } from './blame.ts';
import { fixesForSuspects } from './fixes.ts';
import { findingOf } from './intermediary.ts';

/** Findings whose cause an experiment switched off and on. */
const PROVES: Readonly<Partial<Record<FindingId, readonly Factor[]>>> = {
  'compressed-unflushed': ['no-transform', 'accept-encoding'],
  'missing-opt-out': ['x-accel-buffering', 'incremental'],
  'missing-no-transform': ['no-transform'],
  'http-1-0': ['http-version'],
};

/** Which factor a line for the origin is about. */
function factorOf({ change }: Fix): Factor | null {
  if (change.startsWith('X-Accel-Buffering:')) return 'x-accel-buffering';
  if (change.startsWith('Incremental:')) return 'incremental';
  if (/^Cache-Control:.*no-transform/.test(change)) return 'no-transform';
  return null;
}

/** Lines for a sender to paste; of a factor that has none, what to do in words. */
const LINES: Readonly<Record<(typeof SENDER_FACTORS)[number], string>> = {
  'x-accel-buffering': 'X-Accel-Buffering: no',
  incremental: 'Incremental: ?1',
  'no-transform': 'Cache-Control: no-cache, no-transform',
  'content-type': 'Content-Type: application/x-ndjson',
  framing: 'Connection: close  (an answer that is not chunked and ends with the connection)',
  padding: ': (16 kB of comment before the first event)',
  heartbeat: ': heartbeat, a comment line after each event',
};

const SOURCE = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes';

/**
 * What experiments add to findings: those whose cause was switched off and on are proven; advice that was tried and did
 * nothing is dropped, what cured the stream comes first; and the hop's own directive is named where it must change.
 */
export function proveByExperiment(
  findings: readonly Finding[],
  hops: readonly HopFacts[],
): { findings: Finding[]; hops: HopFacts[] } {
  const better = findings.flatMap((finding) => {
    const hop = hops.find(({ name }) => name === finding.hop);
    if (hop?.experiments === undefined) return [finding];
    return isOnlyTheControl(finding, hops) ? [] : [proved(finding, hop)];
  });
  return { findings: better, hops: hops.map((hop) => withHopChange(hop, better)) };
}

/** The control lacks opt-outs on purpose: that is worth a word only where one of them is shown to help. */
function isOnlyTheControl({ id }: Finding, hops: readonly HopFacts[]): boolean {
  if (id !== 'missing-opt-out' && id !== 'missing-no-transform') return false;
  const factors = PROVES[id] ?? [];
  return !hops.some((hop) => factors.some((factor) => effects(hop, factor).includes('fixes')));
}

function effects(hop: HopFacts, factor: Factor): string[] {
  return (hop.experiments?.outcomes ?? []).filter((one) => one.factor === factor).map(({ effect }) => effect);
}

function proved(finding: Finding, hop: HopFacts): Finding {
  const factors = PROVES[finding.id] ?? [];
  const isProven = factors.some((factor) => effects(hop, factor).includes('fixes'));
  const fixes = isAboutHold(finding) ? triedFixes(finding.fixes, hop) : finding.fixes;
  return { ...finding, confidence: isProven ? 'proven' : finding.confidence, fixes };
}

function isAboutHold({ id }: Finding): boolean {
  return (
    id.startsWith('held-') || id === 'head-held' || id === 'compressed-unflushed' || id === 'fixed-length'
  );
}

function triedFixes(fixes: readonly Fix[], hop: HopFacts): Fix[] {
  const minimal = hop.experiments?.minimalFix;
  if (minimal == null || !minimal.needed) return [...fixes];
  const helps = (factor: Factor): boolean => effects(hop, factor).includes('fixes');
  const kept = fixes.filter((fix) => {
    if (fix.where === 'origin') {
      const factor = factorOf(fix);
      return factor === null ? !minimal.hopMustChange : helps(factor);
    }
    // The gateway sends the opt-outs and nothing else.
    if (fix.where === 'gateway')
      return helps('x-accel-buffering') || helps('incremental') || helps('no-transform');
    return true;
  });
  const cures = minimal.senderSide.map((factor) => toFix(factor, fixes));
  const rest = kept.filter(
    (fix) => !cures.some(({ where, change }) => where === fix.where && change === fix.change),
  );
  // The hop's own line comes first: it is the cause. Its other lines are for other cases, and a cure was tried.
  const own = rest.filter(({ where }) => where !== 'origin' && where !== 'gateway');
  const others = rest.filter(({ where }) => where === 'origin' || where === 'gateway');
  return [...own.slice(0, 1), ...cures, ...own.slice(1), ...others];
}

function toFix(factor: (typeof SENDER_FACTORS)[number], fixes: readonly Fix[]): Fix {
  const known = fixes.find((fix) => fix.where === 'origin' && factorOf(fix) === factor);
  return {
    ...(known ?? { where: 'origin', change: LINES[factor], config: null, source: SOURCE }),
    proven: true,
  };
}

function isOfHop({ where }: Fix): boolean {
  return !['origin', 'gateway', 'client'].includes(where);
}

/** What another request than the stream meets is not what the stream needs a change for. */
function isAboutStream(finding: Finding): boolean {
  const { id } = finding;
  return (
    isAboutHold(finding) || id.startsWith('cut-') || id.startsWith('compressed') || id.startsWith('events-')
  );
}

/** A hop behind one that holds as well: what it holds by itself shows once a sender's change has cured the other. */
function ofItsOwn(hop: HopFacts): Fix | undefined {
  const hold = hop.experiments?.leftHold ?? hop.hold;
  if (hold === null) return undefined;
  const suspects = suspectsAt({ ...hop, hold }, findingOf(hold.kind));
  return fixesForSuspects(suspects, hold.kind).find(isOfHop);
}

function withHopChange(hop: HopFacts, findings: readonly Finding[]): HopFacts {
  const { experiments } = hop;
  const minimal = experiments?.minimalFix;
  if (experiments === undefined || minimal == null || !minimal.needed) return hop;
  const fixes = findings
    .filter((one) => one.hop === hop.name && one.severity !== 'info' && isAboutStream(one))
    .flatMap((one) => one.fixes);
  const own = fixes.find(isOfHop) ?? (minimal.hopMustChange ? ofItsOwn(hop) : undefined);
  if (own === undefined) return hop;
  const hopChange = { where: own.where, change: own.change };
  return { ...hop, experiments: { ...experiments, minimalFix: { ...minimal, hopChange } } };
}
