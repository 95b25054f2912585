import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProbeOptions, runProbe } from '../../src/probe/run-probe.ts';
import type { ProbeTarget } from '../../src/probe/targets.ts';
import type { Report } from '../../src/types.ts';
import { replaceAll, repositoryRoot } from './drivers/driver.ts';
import { DRIVERS } from './drivers/index.ts';
import { launch, type RunningIntermediary } from './drivers/launch.ts';

export { type RunningIntermediary, replaceAll };

/** The two configurations each product has in `configs/`. */
export type Kind = 'buffering' | 'passthrough';

/** Products with both configurations in `configs/`. */
export const PRODUCT_IDS = ['haproxy', 'caddy', 'apache', 'lighttpd', 'varnish', 'nghttpx'] as const;
export type ProductId = (typeof PRODUCT_IDS)[number];

export interface IntermediaryOptions {
  /** Base URL on 127.0.0.1 that it forwards to; must answer `/healthz`. */
  upstream: string;
  /** Changes the shipped text, to see what one line does. */
  edit?: (text: string) => string;
}

/** Path of a shipped configuration in this repository, e.g. `configs/haproxy/buffering.cfg`. */
export function configPath(id: ProductId, kind: Kind): string {
  return `configs/${id}/${kind}.${DRIVERS[id].extension}`;
}

/** The text of a shipped configuration. */
export async function readConfig(id: ProductId, kind: Kind): Promise<string> {
  return readFile(join(repositoryRoot(), configPath(id, kind)), 'utf8');
}

/** Starts the real product with its file in `configs/`. It ends with `close`, and at the latest with this process. */
export async function startIntermediary(
  id: ProductId,
  kind: Kind,
  options: IntermediaryOptions,
): Promise<RunningIntermediary> {
  const shipped = await readConfig(id, kind);
  return launch(id, options.edit?.(shipped) ?? shipped, options.upstream);
}

const PROBE_TRIES = 3;

/**
 * Probes; again when the report itself says that this machine was too busy for its numbers to be trusted, or that it
 * cannot tell what kind of hold it saw.
 */
export async function probeCalmly(targets: ProbeTarget[], options: ProbeOptions = {}): Promise<Report> {
  for (let left = PROBE_TRIES; ; left--) {
    const report = await runProbe(targets, options);
    const unsure =
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
