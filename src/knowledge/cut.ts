import type { Confidence, Evidence, HopFacts, RuleContext, Severity } from '../types.ts';
import { type KnownLimit, limitsMet } from './limits.ts';
import { msEvidence, textEvidence } from './phrases.ts';
import {
  ageAtEndMs,
  brokeOff,
  gatewayGaveUp,
  lastAliveMs,
  quietBeforeEndMs,
  typicalGapMs,
} from './readings.ts';

/** A silence shorter than this is no reason to think of an idle timer. */
const LEAST_QUIET_MS = 1_000;
/** A silence counts as one when it is this many times the usual gap. */
const QUIET_GAPS = 3;
/** A stream younger than this, cut in the middle, was hardly ended for its age. */
const LEAST_AGE_MS = 5_000;
/** Two ends within this time are one event seen twice. */
const TOGETHER_MS = 1_000;

/** How a stream came to its end before its time. */
export interface Cut {
  cause: 'idle' | 'age' | 'unknown';
  quietMs: number;
  ageMs: number;
  limits: KnownLimit[];
  /** The nearer hop went on after this one was cut. */
  nearerWentOn: boolean;
  /** The nearer hop that was cut at the same moment. */
  sameAs: HopFacts | null;
  /** A farther hop went on: only the way to this one was cut. */
  onlyHere: HopFacts | null;
}

/** Reads the end of a hop's answer; null when it did not end before its time. */
export function readCut({ hop, nearer, hops }: RuleContext): Cut | null {
  const { observation } = hop;
  if (observation.response === null || gatewayGaveUp(observation) || !brokeOff(hop)) return null;
  const quietMs = quietBeforeEndMs(observation);
  const ageMs = ageAtEndMs(observation);
  const gapMs = typicalGapMs(observation);
  const quiet = quietMs >= LEAST_QUIET_MS && (gapMs === null || quietMs >= gapMs * QUIET_GAPS);
  const endedAtMs = observation.end?.atMs ?? 0;
  const nearerWentOn = nearer !== null && lastAliveMs(nearer.observation) > endedAtMs + TOGETHER_MS / 2;
  const nearerEndMs = nearer !== null && brokeOff(nearer) ? nearer.observation.end?.atMs : undefined;
  const together = nearerEndMs !== undefined && Math.abs(nearerEndMs - endedAtMs) <= TOGETHER_MS;
  const limits = limitsMet(hop, quiet ? 'idle' : 'total', quiet ? quietMs : ageMs);
  const aged =
    limits.some((limit) => limit.detected) || (limits.length > 0 && nearer === null) || nearerWentOn;
  return {
    cause: quiet ? 'idle' : aged && ageMs >= LEAST_AGE_MS ? 'age' : 'unknown',
    quietMs,
    ageMs,
    limits,
    nearerWentOn,
    sameAs: together ? nearer : null,
    onlyHere: survivor(hop, hops),
  };
}

/** Cut at the same moment as a nearer hop: that one has the error, this one only shows it again. */
export function cutSeverity(cut: Cut): Severity {
  if (cut.sameAs !== null) return 'info';
  return cut.onlyHere === null ? 'error' : 'warning';
}

/**
 * The farther hop that went on after the nearest one broke off on this very machine: a tunnel to the origin that is not
 * part of the way that the others take (`kubectl port-forward`, `ssh -L`).
 */
export function survivor(hop: HopFacts, hops: readonly HopFacts[]): HopFacts | null {
  const { end, url } = hop.observation;
  const broke = end !== null && (end.reason === 'truncated' || end.reason === 'reset');
  if (hop.index !== 0 || !broke || !isLoopback(url)) return null;
  const goesOn = (other: HopFacts): boolean =>
    other.index > 0 &&
    !brokeOff(other) &&
    other.timeline.events.some(({ atMs }) => atMs > end.atMs + TOGETHER_MS);
  return hops.find(goesOn) ?? null;
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

export function cutConfidence(cut: Cut): Confidence {
  if (cut.nearerWentOn) return 'proven';
  return cut.limits.some((limit) => limit.detected) ? 'likely' : 'possible';
}

/** Who did it, in a sentence; null when only one hop was measured. */
export function cutPlace({ hop, nearer }: RuleContext, cut: Cut): string | null {
  if (cut.sameAs !== null)
    return `"${cut.sameAs.name}", nearer to the origin, ended at the same moment: look there first.`;
  if (cut.onlyHere !== null)
    return `"${cut.onlyHere.name}", farther from the origin, went on: only this way to the origin was cut. kubectl port-forward and SSH tunnels drop long streams; measure inside the cluster to be sure.`;
  if (cut.nearerWentOn && nearer !== null)
    return `"${nearer.name}" went on, so the cut was made between it and "${hop.name}".`;
  return null;
}

export function cutEvidence({ hop }: RuleContext, cut: Cut): Evidence[] {
  const { end, response } = hop.observation;
  return [
    msEvidence('ended after', cut.ageMs),
    msEvidence('silence before the end', cut.quietMs),
    textEvidence(
      'end',
      `${end?.reason ?? 'unknown'} (${response?.framing ?? 'unknown'} body)`,
      'open as long as it is watched',
    ),
  ];
}
