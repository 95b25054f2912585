import type {
  DetectedIntermediary,
  ExperimentFacts,
  HeaderList,
  HopFacts,
  Observation,
  ReportHold,
} from '../../types.ts';
import { whoStandsThere } from '../diagnose-watched.ts';

const LEVELS: readonly DetectedIntermediary['confidence'][] = ['possible', 'likely', 'certain'];

/** What Node's server adds by itself to the fields that the origin sends. */
const SERVER_FIELDS: HeaderList = [
  ['Date', ''],
  ['Connection', 'keep-alive'],
  ['Keep-Alive', 'timeout=5'],
  ['Transfer-Encoding', 'chunked'],
];

/** The answer as it left the origin, in place of what a nearer hop would show: what a hop changed shows against it. */
export function asSent(observation: Observation, sentHeaders: HeaderList | null): Observation | null {
  const { response } = observation;
  if (sentHeaders === null || response === null) return null;
  return { ...observation, response: { ...response, headers: [...sentHeaders, ...SERVER_FIELDS] } };
}

/** Products by the marks that they left in several answers; each as sure as the surest of them. */
export function detectIn(
  pairs: readonly { observation: Observation; before: Observation | null }[],
): DetectedIntermediary[] {
  const byId = new Map<string, DetectedIntermediary>();
  for (const { observation, before } of pairs) {
    for (const found of whoStandsThere(observation, before)) {
      const known = byId.get(found.id);
      byId.set(found.id, known === undefined ? found : merged(known, found));
    }
  }
  return [...byId.values()].sort((a, b) => levelOf(b) - levelOf(a));
}

function levelOf({ confidence }: DetectedIntermediary): number {
  return LEVELS.indexOf(confidence);
}

function merged(a: DetectedIntermediary, b: DetectedIntermediary): DetectedIntermediary {
  const surer = levelOf(a) >= levelOf(b) ? a : b;
  return {
    ...surer,
    version: a.version ?? b.version,
    evidence: [...new Set([...surer.evidence, ...a.evidence, ...b.evidence])],
  };
}

/** The hold with what experiments measured of it. Experiments prove a hold: they switch it off, or repeat it at will. */
export function measuredHold(
  hold: ReportHold | null,
  { buffer }: Pick<ExperimentFacts, 'buffer'>,
): ReportHold | null {
  if (hold === null || buffer === null) return hold;
  const byBytes = hold.kind === 'until-close' || hold.kind === 'until-full' || hold.kind === 'initial';
  if (!byBytes) return hold;
  const unfilled = buffer.firstBytes === null ? buffer.sentBytes : null;
  return {
    ...hold,
    blockBytes: hold.blockBytes ?? buffer.blockBytes,
    atLeastBytes: unfilled === null ? hold.atLeastBytes : Math.max(unfilled, hold.atLeastBytes ?? 0),
  };
}

/** Events that were sent until an event came, in a stream whose every event waits for later ones. */
export function eventsOfLag({ hold, holds }: HopFacts): number | null {
  if (hold?.kind !== 'one-behind') return null;
  const due = holds.map(({ dueMs }) => dueMs);
  const lags = holds
    .slice(0, -2)
    .map(
      ({ dueMs, holdMs }) => due.filter((other) => other > dueMs + 5 && other <= dueMs + holdMs + 20).length,
    )
    .sort((a, b) => a - b);
  return lags[Math.floor(lags.length / 2)] ?? null;
}
