import { startRunClock } from '../../src/probe/clock.ts';
import { observe } from '../../src/probe/observe.ts';
import { OBSERVE_DEFAULTS, type ObserveOptions, type ProbeTarget } from '../../src/probe/targets.ts';
import type { Observation } from '../../src/types.ts';

/** Watches one URL, without judging it; no proxy of the environment, and an end to every wait. */
export function observeOnce(
  url: string,
  options: Partial<ObserveOptions> = {},
  target: Partial<ProbeTarget> = {},
): Promise<Observation> {
  return observe(
    { name: 'hop', url, ...target },
    { ...OBSERVE_DEFAULTS, proxy: 'none', waitFirstMs: 5_000, durationMs: 5_000, ...options },
    startRunClock(),
    new AbortController().signal,
  );
}

/** The body that was recorded. */
export function bodyOf(observation: Observation): string {
  return Buffer.concat(observation.chunks.map((chunk) => Buffer.from(chunk.base64, 'base64'))).toString();
}

/** The codes of the protocol faults that were recorded. */
export function faultsOf(observation: Observation): string[] {
  return (observation.wire?.faults ?? []).map((fault) => fault.code);
}
