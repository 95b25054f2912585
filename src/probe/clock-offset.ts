import { median } from '../statistics.ts';
import type { ClockReading, Observation, PathExchange } from '../types.ts';

/** The origin's answer is a moment inside of the exchange, and its number is rounded. */
const ROUNDING_MS = 1;
/** Exchanges closer together than this belong to one round. */
const ROUND_GAP_MS = 5_000;
/** Two rounds that differ by more than this were not parted by drift: somebody set the clock. */
const STEP_MS = 250;

type Answered = PathExchange & { originEpochMs: number };

/** What the way down takes, clock offset included, and how sure that is. */
export interface DownPath {
  /** Arrival on our clock less sending on the origin's, for something that is not held, at a moment of the run. */
  at(atMs: number): number;
  errorMs: number;
}

/** One burst of exchanges: the fastest of them says most. */
interface Round {
  atMs: number;
  downMs: number;
  offsetMs: number;
  roundTripMs: number;
  jitterMs: number;
}

/**
 * Clock offset and path latency in one, from exchanges with the origin's clock on the same path; null without any. Long watches
 * have several rounds of exchanges: between two, the value is interpolated, which takes drift out.
 */
export function downPath(observation: Observation): DownPath | null {
  const rounds = roundsOf(observation);
  if (rounds.length === 0) return null;
  const jitterMs = Math.max(...rounds.map((round) => round.jitterMs));
  return {
    at: (atMs) => interpolate(rounds, atMs),
    errorMs: jitterMs + ROUNDING_MS + (clockStep(rounds) ?? 0),
  };
}

/** Where the origin's clock stands against ours, or null where it was not asked. */
export function readClock(observation: Observation): ClockReading | null {
  const rounds = roundsOf(observation);
  const best = [...rounds].sort((a, b) => a.roundTripMs - b.roundTripMs)[0];
  const first = rounds[0];
  const last = rounds.at(-1);
  if (best === undefined || first === undefined || last === undefined) return null;
  const apartMs = last.offsetMs - first.offsetMs;
  const sure = Math.abs(apartMs) > (first.roundTripMs + last.roundTripMs) / 2 + ROUNDING_MS;
  const stepMs = clockStep(rounds);
  return {
    offsetMs: best.offsetMs,
    errorMs: best.roundTripMs / 2 + ROUNDING_MS,
    driftMsPerMinute: sure && stepMs === null ? (apartMs / (last.atMs - first.atMs)) * 60_000 : null,
    stepMs,
  };
}

function roundsOf(observation: Observation): Round[] {
  const answered = observation.pathExchanges
    .filter((exchange): exchange is Answered => exchange.originEpochMs !== null)
    .sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  const groups: Answered[][] = [];
  for (const exchange of answered) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (
      group === undefined ||
      before === undefined ||
      exchange.receivedAtMs - before.receivedAtMs > ROUND_GAP_MS
    )
      groups.push([exchange]);
    else group.push(exchange);
  }
  return groups.map((group) => summarize(group, observation.startedAtEpochMs));
}

function summarize(group: Answered[], startedAtEpochMs: number): Round {
  const down = group.map((one) => startedAtEpochMs + one.receivedAtMs - one.originEpochMs);
  const downMs = Math.min(...down);
  const fastest = group.reduce((best, one) => (tripOf(one) < tripOf(best) ? one : best));
  const middleMs = (fastest.sentAtMs + fastest.receivedAtMs) / 2;
  return {
    atMs: fastest.receivedAtMs,
    downMs,
    offsetMs: fastest.originEpochMs - (startedAtEpochMs + middleMs),
    roundTripMs: tripOf(fastest),
    jitterMs: median(down) - downMs,
  };
}

function tripOf(exchange: PathExchange): number {
  return exchange.receivedAtMs - exchange.sentAtMs;
}

function interpolate(rounds: Round[], atMs: number): number {
  const later = rounds.findIndex((round) => round.atMs > atMs);
  const after = rounds[later];
  const before = rounds[later < 0 ? rounds.length - 1 : later - 1];
  if (after === undefined || before === undefined) return (before ?? after)?.downMs ?? 0;
  const share = (atMs - before.atMs) / (after.atMs - before.atMs);
  return before.downMs + (after.downMs - before.downMs) * share;
}

/** By how much the origin's clock was set while it was watched, or null. */
function clockStep(rounds: Round[]): number | null {
  const steps = rounds.slice(1).map((round, i) => {
    const before = rounds[i];
    const apartMs = Math.abs(round.offsetMs - (before?.offsetMs ?? 0));
    return apartMs > STEP_MS + (round.roundTripMs + (before?.roundTripMs ?? 0)) / 2 ? apartMs : 0;
  });
  const largest = Math.max(0, ...steps);
  return largest === 0 ? null : largest;
}
