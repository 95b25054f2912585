import { expect } from 'vitest';
import { fixesFor } from '../../../src/knowledge/fixes.ts';
import type { ProbeTarget } from '../../../src/probe/targets.ts';
import type { Finding, Report, ReportHop } from '../../../src/types.ts';
import { containsLines, probeCalmly } from '../intermediary.ts';
import { newToken } from './ask.ts';
import { type ProductPair, pathOf, type RunningHalf, readText } from './pairs.ts';

/** Probes the origin and, beside it, what a running half makes of it. Each time at another address: some halves are caches. */
export function probeBeside(
  origin: string,
  pair: ProductPair,
  half: RunningHalf,
  path: string,
): Promise<Report> {
  const targets = (): ProbeTarget[] => {
    const own = `${path}&token=${newToken()}`;
    return [
      { name: 'origin', url: origin + own },
      { name: pair.product, url: half.url + own },
    ];
  };
  return probeCalmly(targets, { verifyTls: false });
}

/** What a report says about the product: its hop, and the findings that are errors. */
export function said(report: Report, name: string): { hop: ReportHop; errors: Finding[] } {
  const hop = report.hops.find((one) => one.name === name);
  if (hop === undefined) throw new Error(`no hop ${name} in the report`);
  const errors = report.findings.filter((one) => one.hop === name && one.severity === 'error');
  return { hop, errors };
}

/** One of the changes that are offered is what this pair's `passthrough.*` has, and the configuration that fails has not. */
export async function expectLaterFix(
  pair: ProductPair,
  findings: Finding[],
  lacking: string | null,
): Promise<void> {
  const path = pathOf(pair, 'passthrough');
  const offered = findings.flatMap(({ fixes }) => fixes).filter(({ config }) => config === path);
  expect(offered.length, `changes that are offered from ${path}`).toBeGreaterThan(0);
  for (const { change, proven } of offered) {
    expect(proven, change).toBe(true);
    expect(containsLines(await readText(path), change), `${path} has: ${change}`).toBe(true);
    if (lacking !== null) expect(containsLines(lacking, change), `it has already: ${change}`).toBe(false);
  }
}

/**
 * Whoever pastes the first thing that the report offers gets what `passthrough.*` has. Where nothing in the answer tells
 * which product it is, what the knowledge base offers to those who know.
 * @param lacking the text of the configuration that fails, which must not have the change
 */
export async function expectFirstFix(
  pair: ProductPair,
  errors: Finding[],
  lacking: string | null,
): Promise<void> {
  const isNamed = pair.buffering?.product === undefined;
  const fix = errors.flatMap(({ id, fixes }) => (isNamed ? fixes : fixesFor([pair.product], id)))[0];
  expect(fix?.proven, `the first fix is: ${fix?.change}`).toBe(true);
  expect(fix?.config).toMatch(new RegExp(`^configs/${pair.product}/passthrough`));
  const { change = '', config } = fix ?? {};
  const own = pair.passthrough === null ? [] : [pathOf(pair, 'passthrough')];
  for (const path of [config ?? '', ...own])
    expect(containsLines(await readText(path), change), `${path}: ${change}`).toBe(true);
  if (lacking !== null) expect(containsLines(lacking, change), `it has already: ${change}`).toBe(false);
}
