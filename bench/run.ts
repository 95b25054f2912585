import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Machine, trackedConnections } from './machine.ts';
import { freePort, makeFolder, removeFolder, runCommand, startProxy } from './processes.ts';
import type { Figures, Sample } from './results.ts';
import type { Scenario } from './scenarios.ts';
import { Scraper } from './scraper.ts';
import type { Certificate, Target } from './targets.ts';

export interface Plan {
  targets: readonly Target[];
  scenarios: readonly Scenario[];
  rounds: number;
  machine: Machine;
  /** Path of the compiled load generator. */
  generator: string;
  /** Null where no scenario needs one. */
  certificate: Certificate | null;
  onProgress(text: string): void;
}

/** These differ by less than single rounds of some scenarios do, so they get more of them. */
const PAIR = ['direct', 'unclog', 'unclog-full'];
/** Connections that one run may add to those that the kernel tracks; a table of less than twice that is to be half empty. */
const TRACKED_BY_A_RUN = 60_000;
/** The kernel keeps an ended connection for 120 s. */
const TRACKED_WAIT_MS = 150_000;

/** Every scenario in turn: rounds of all targets, one after the other, each in a fresh process. */
export async function runPlan(plan: Plan): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const scenario of plan.scenarios) {
    const targets = plan.targets.filter(
      ({ kind, transports }) =>
        transports.includes(scenario.transport) && (kind !== 'direct' || scenario.withDirect),
    );
    const rounds = Math.min(plan.rounds, scenario.maxRounds);
    const pair = targets.filter(({ id }) => PAIR.includes(id));
    const more =
      pair.filter(({ kind }) => kind === 'gateway').length === 2
        ? Math.min(scenario.pairRounds, 3 * rounds)
        : 0;
    for (let round = 0; round < rounds + more; round++) {
      const inTurn = round < rounds ? targets : pair;
      // What one leaves behind in the machine is not always to meet the same next one.
      for (const target of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
        plan.onProgress(`${scenario.id}, round ${round + 1} of ${rounds + more}: ${target.name}`);
        await untilTableHasRoom(plan);
        samples.push(await measure(plan, scenario, target, round));
      }
    }
  }
  return samples;
}

/** A full table drops new connections, which would look like a slow proxy. */
async function untilTableHasRoom({ onProgress }: Plan): Promise<void> {
  const until = performance.now() + TRACKED_WAIT_MS;
  for (let told = false; performance.now() < until; told = true) {
    const tracked = trackedConnections();
    if (tracked === null) return;
    if (tracked.count < tracked.max - Math.min(TRACKED_BY_A_RUN, tracked.max / 2)) return;
    if (!told) onProgress(`waiting: the kernel tracks ${tracked.count} of ${tracked.max} connections`);
    await delay(1_000);
  }
}

async function measure(plan: Plan, scenario: Scenario, target: Target, round: number): Promise<Sample> {
  const loadAverage = loadavg()[0] as number;
  const sample = { scenario: scenario.id, target: target.id, round, loadAverage };
  try {
    return { ...sample, figures: await measureFigures(plan, scenario, target), error: null };
  } catch (error) {
    return { ...sample, figures: null, error: (error as Error).message };
  }
}

async function measureFigures(plan: Plan, scenario: Scenario, target: Target): Promise<Figures> {
  const originPort = await freePort();
  if (target.kind === 'direct')
    return runLoad(plan, scenario, ['--origin', String(originPort), '--target', String(originPort)]);
  const [listenPort, adminPort] = [await freePort(), await freePort()];
  const folder = makeFolder();
  const { openFiles, pinning } = plan.machine;
  const tls = scenario.transport === 'plain' ? null : plan.certificate;
  try {
    const command = target.start({ originPort, listenPort, adminPort, tls, folder, openFiles });
    const proxy = await startProxy(command, listenPort, pinning?.proxy ?? null);
    const scraper = command.metricsUrl === undefined ? null : new Scraper(command.metricsUrl);
    try {
      if (!scenario.countsMemory) await scraper?.warmUp();
      scraper?.start();
      const figures = await runLoad(plan, scenario, [
        ...['--origin', String(originPort), '--target', String(listenPort), '--pids', proxy.pids.join(',')],
        ...(target.comments ? ['--comments', 'allowed'] : []),
      ]);
      if (scraper !== null) figures.scrapes = scraper.stop();
      if (command.logFile !== undefined)
        figures.logLines = proxy.stderr().split('"msg":"exchange"').length - 1;
      return figures;
    } catch (error) {
      const last = proxy.stderr().trim().split('\n').at(-1) ?? '';
      const ended = proxy.exitCode() === null ? '' : `, the proxy ended with code ${proxy.exitCode()}`;
      throw new Error(
        `${(error as Error).message}${ended}${last === '' ? '' : `; its last words: ${last.slice(0, 300)}`}`,
      );
    } finally {
      scraper?.cancel();
      await proxy.stop();
    }
  } finally {
    removeFolder(folder);
  }
}

async function runLoad(
  { generator, machine }: Plan,
  scenario: Scenario,
  ends: readonly string[],
): Promise<Figures> {
  const args = [...scenario.load, ...ends];
  const core = machine.pinning?.generator ?? null;
  const { code, stdout, stderr, timedOut } = await runCommand(
    { file: generator, args },
    core,
    scenario.timeoutMs,
  );
  if (timedOut) throw new Error(`no result within ${scenario.timeoutMs / 1_000} s`);
  if (code !== 0) throw new Error(stderr.trim() || `the load generator ended with code ${code}`);
  return JSON.parse(stdout) as Figures;
}
