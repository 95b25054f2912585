import { type ProbeOptions, runProbe } from '../../src/probe/run-probe.ts';
import type { ProbeTarget } from '../../src/probe/targets.ts';
import type { Report } from '../../src/types.ts';
import { type RunningIntermediary, replaceAll } from './drivers/driver.ts';
import type { DriverId } from './drivers/index.ts';
import { allPairs, type Kind, startHalf } from './suite/pairs.ts';

export { type Kind, type RunningIntermediary, replaceAll };

export type ProductId = DriverId;

export interface IntermediaryOptions {
  /** Base URL on 127.0.0.1 that it forwards to; must answer `/healthz`. */
  upstream: string;
  /** Changes the shipped text, to see what one line does. */
  edit?: (text: string) => string;
}

/** Starts the real product with a file of its first pair. It ends with `close`, and at the latest with this process. */
export async function startIntermediary(
  id: ProductId,
  kind: Kind,
  { upstream, edit }: IntermediaryOptions,
): Promise<RunningIntermediary> {
  const pair = allPairs().find(({ product }) => product === id);
  if (pair === undefined) throw new Error(`${id} has no pair of configurations`);
  return startHalf(pair, kind, upstream, edit ?? ((text) => text));
}

const PROBE_TRIES = 3;

/**
 * Probes; again when the report itself says that this machine was too busy for its numbers to be trusted, or that it
 * cannot tell what kind of hold it saw.
 * @param targets or what makes them anew for each try
 */
export async function probeCalmly(
  targets: ProbeTarget[] | (() => ProbeTarget[]),
  options: ProbeOptions = {},
): Promise<Report> {
  for (let left = PROBE_TRIES; ; left--) {
    const report = await runProbe(typeof targets === 'function' ? targets() : targets, options);
    const unsure =
      report.verdict === 'inconclusive' ||
      report.findings.some(({ id }) => id === 'overloaded-prober') ||
      report.hops.some(({ hold }) => hold?.kind === 'unknown');
    if (left <= 1 || !unsure) return report;
  }
}

/**
 * Whether a configuration has these lines, one after the other, indented as it likes. `  # …` in them is a remark,
 * and what stands in the configuration's own comments does not count.
 */
export function containsLines(config: string, lines: string): boolean {
  const flushLeft = (text: string) => text.replaceAll(/^[ \t]+/gm, '').replaceAll(/^#.*\n/gm, '');
  return flushLeft(config).includes(flushLeft(lines.split('  #')[0] ?? lines));
}
