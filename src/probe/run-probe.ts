import type { JudgeOptions, Observation, Report } from '../types.ts';
import { startRunClock } from './clock.ts';
import { diagnose } from './diagnose.ts';
import { type ObserveProgress, observe } from './observe.ts';
import { measurePath } from './path-exchange.ts';
import { watchOwnLag } from './self-check.ts';
import { OBSERVE_DEFAULTS, type ObserveOptions, type ProbeTarget } from './targets.ts';
import { buildTimeline } from './timeline.ts';

/** Everything a run can be told; every field has a default ({@link OBSERVE_DEFAULTS}, `JUDGE_DEFAULTS`). */
export interface ProbeOptions extends Partial<ObserveOptions>, Partial<JudgeOptions> {
  /** Watch the hops one after the other. Default: for methods other than GET and HEAD. */
  sequential?: boolean;
  /** Ends the run early; what was seen until then is judged. */
  signal?: AbortSignal;
  onProgress?: (progress: ObserveProgress) => void;
}

/**
 * Watches one stream, or the same stream through several hops, and judges it.
 *
 * @param targets hops in order from the origin outward
 * @throws TypeError for no target or a URL that is not `http:` or `https:`
 */
export async function runProbe(targets: ProbeTarget[], options: ProbeOptions = {}): Promise<Report> {
  return diagnose(await observeHops(targets, options), options);
}

/** The measuring half of {@link runProbe}: the only part that touches a socket. */
export async function observeHops(
  targets: ProbeTarget[],
  options: ProbeOptions = {},
): Promise<Observation[]> {
  checkTargets(targets);
  const settings: ObserveOptions = { ...OBSERVE_DEFAULTS, ...options };
  const clock = startRunClock();
  const lag = watchOwnLag(clock);
  const signal = options.signal ?? new AbortController().signal;
  const watch = (target: ProbeTarget): Promise<Observation> =>
    observe(target, settings, clock, signal, options.onProgress);
  const sequential = options.sequential ?? !['GET', 'HEAD'].includes(settings.method);
  try {
    const observations = sequential ? await inTurn(targets, watch) : await Promise.all(targets.map(watch));
    const worthIt = targets.length > 1 || observations.some(hasStamps);
    await inTurn(observations, async (observation, i) => {
      const target = targets[i];
      const answers = observation.response !== null || observation.error?.code === 'UNCLOG_TIMEOUT';
      if (target === undefined || !answers || !worthIt) return;
      const path = await measurePath(target, settings, clock, signal);
      observation.pathExchanges = path.exchanges;
      observation.pathHeaders = path.headers;
    });
    for (const observation of observations) observation.proberLags = lag.lags;
    return observations;
  } finally {
    lag.stop();
  }
}

function hasStamps(observation: Observation): boolean {
  return buildTimeline(observation).events.some((event) => event.sentAtEpochMs !== null);
}

async function inTurn<T, R>(items: T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await work(item, index));
  return results;
}

/** @throws TypeError for no target or a URL that is not `http:` or `https:` */
export function checkTargets(targets: ProbeTarget[], caller = 'runProbe'): void {
  if (targets.length === 0) throw new TypeError(`${caller}: no target given, expected at least one URL`);
  for (const { url } of targets) {
    const protocol = URL.canParse(url) ? new URL(url).protocol : null;
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new TypeError(`${caller}: "${url}" is not a URL to probe, expected http://… or https://…`);
    }
  }
}
