import { setMaxListeners } from 'node:events';
import { proveByExperiment } from '../../knowledge/proven-by-experiment.ts';
import { runRules } from '../../knowledge/run-rules.ts';
import { buildReport } from '../../report/build-report.ts';
import type { HopFacts, JudgeOptions, Report } from '../../types.ts';
import { startRunClock } from '../clock.ts';
import { JUDGE_DEFAULTS } from '../diagnose.ts';
import { nextAfterExperiments } from '../next-command.ts';
import { checkTargets } from '../run-probe.ts';
import { watchOwnLag } from '../self-check.ts';
import { OBSERVE_DEFAULTS, type ObserveOptions, type ProbeTarget } from '../targets.ts';
import { collectWarnings } from '../warnings.ts';
import { experimentOn, type HopResult } from './hop-experiments.ts';
import { asSent, detectIn } from './hop-facts.ts';
import { MOST_IDLE_MS } from './idle.ts';
import { createLab } from './lab.ts';
import { DEFAULT_PARALLEL, type ExperimentOptions } from './options.ts';
import { createProgressBook } from './progress.ts';
import { createSlots } from './slots.ts';

/**
 * Makes controlled experiments on hops that lead to an unclog origin: varies one factor at a time, finds the smallest
 * set of changes by the sender that makes the stream flow, and measures the buffer, timers, cuts, caches and what else
 * a hop does to a stream. Takes under a minute, idle tests apart; several hops are tried at the same time.
 *
 * @param targets in order from the origin outward; each URL is the prefix (BASE) under which the origin is reached
 * through that hop
 * @returns a report with `mode: "experiment"`; never rejects for what the network does
 * @throws TypeError for no target or a URL that is not `http:` or `https:`, RangeError for an `idleMs` over ten minutes
 */
export async function runExperiments(
  targets: ProbeTarget[],
  options: ExperimentOptions = {},
): Promise<Report> {
  checkTargets(targets, 'runExperiments');
  const idleMs = options.idleMs ?? null;
  if (idleMs !== null && !(idleMs >= 1_000 && idleMs <= MOST_IDLE_MS))
    throw new RangeError(`idleMs is ${idleMs}, expected 1000 to ${MOST_IDLE_MS}`);
  const judge: JudgeOptions = {
    maxHoldMs: options.maxHoldMs ?? JUDGE_DEFAULTS.maxHoldMs,
    maxFirstEventMs: options.maxFirstEventMs ?? JUDGE_DEFAULTS.maxFirstEventMs,
  };
  const results = await onAllHops(targets, { ...options, idleMs }, judge);
  const hops = inChain(results, targets);
  const { findings, warnings } = runRules(hops, judge);
  const proven = proveByExperiment(findings, hops);
  const startedAtEpochMs = Math.min(...hops.map(({ observation }) => observation.startedAtEpochMs));
  return buildReport(proven.hops, proven.findings, {
    startedAt: new Date(startedAtEpochMs),
    warnings: [...results.flatMap((one) => one.warnings), ...collectWarnings(hops), ...warnings],
    next: nextAfterExperiments(proven.hops, proven.findings, {
      leads: results.every(({ isOrigin }) => isOrigin),
      idleMs,
    }),
    mode: 'experiment',
  });
}

async function onAllHops(
  targets: ProbeTarget[],
  options: ExperimentOptions & { idleMs: number | null },
  judge: JudgeOptions,
): Promise<HopResult[]> {
  const settings: ObserveOptions = { ...OBSERVE_DEFAULTS, ...options };
  const clock = startRunClock();
  const lag = watchOwnLag(clock);
  const parallel = options.parallel ?? DEFAULT_PARALLEL;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  // Each stream and request listens for the end of the run.
  setMaxListeners(0, signal);
  try {
    return await Promise.all(
      targets.map(async (target) => {
        const slots = createSlots(parallel);
        const progress = createProgressBook(
          target.name,
          parallel,
          clock.nowMs,
          options.onProgress ?? (() => {}),
        );
        const lab = createLab({ target, settings, judge, clock, lag, slots, progress, signal });
        try {
          return await experimentOn(lab, { durationMs: settings.durationMs, idleMs: options.idleMs });
        } finally {
          lab.close();
        }
      }),
    );
  } finally {
    lag.stop();
  }
}

/** The hops as rules see them: in their places, with the products that show against what each of them was given. */
function inChain(results: HopResult[], targets: ProbeTarget[]): HopFacts[] {
  return results.map(({ facts, control, edits }, index) => {
    const nearer = results[index - 1];
    const before = nearer?.control.observation ?? asSent(facts.observation, sentPlainly(edits?.sentHeaders));
    const pairs = [
      { observation: facts.observation, before },
      { observation: control.observation, before },
    ];
    if (edits !== null && edits.sentHeaders !== null) {
      const given = nearer?.edits?.trial.observation ?? asSent(edits.trial.observation, edits.sentHeaders);
      pairs.push({ observation: edits.trial.observation, before: given });
    }
    // The address that was given, and not that of one of the many streams.
    const observation = { ...facts.observation, url: targets[index]?.url ?? facts.observation.url };
    return { ...facts, observation, index, intermediaries: detectIn(pairs) };
  });
}

/** The fields of the stream with all opt-outs, without them: what the control was sent with. */
function sentPlainly(sent: HopResult['control']['observation']['request']['headers'] | null | undefined) {
  if (sent === null || sent === undefined) return null;
  return sent.filter(([name]) => !/^(?:x-accel-buffering|incremental)$/i.test(name));
}
