import { createOrigin } from '../../src/origin/origin.ts';
import { runExperiments } from '../../src/probe/experiment/run-experiments.ts';
import type { Report } from '../../src/types.ts';
import type { ExperimentCase, ExperimentPart } from './results.ts';
import { minimalOf, type Row } from './row.ts';
import { openStage } from './stage.ts';

const ROWS_AT_ONCE = 8;
/** How long the one stream lasts that is watched for a while. */
const LONGEST_MS = 4_000;

/** Makes experiments on every row of which is known what they should find, once. */
export async function runAllExperiments(rows: readonly Row[]): Promise<ExperimentPart> {
  const startMs = performance.now();
  const waiting = rows.filter((row) => minimalOf(row) !== null);
  const cases: ExperimentCase[] = [];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const one = await experimentOn(row);
      process.stderr.write(
        `accuracy: experiments on ${row.id}: ${one.got}${one.right ? '' : `, expected ${one.expected}`}\n`,
      );
      cases.push(one);
    }
  };
  await Promise.all(Array.from({ length: ROWS_AT_ONCE }, work));
  const order = new Map(rows.map(({ id }, i) => [id, i]));
  cases.sort((a, b) => (order.get(a.row) ?? 0) - (order.get(b.row) ?? 0));
  return { seconds: (performance.now() - startMs) / 1_000, cases };
}

async function experimentOn(row: Row): Promise<ExperimentCase> {
  // One of its own: an origin remembers so many requests of one address and no more.
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  const stage = await openStage(row, origin.url);
  try {
    const hop = stage.hops.at(-1) ?? { name: 'origin', url: origin.url };
    const report = await runExperiments([hop], { durationMs: LONGEST_MS, verifyTls: false });
    const expected = minimalOf(row) ?? 'nothing';
    const got = minimalWords(report);
    const right = got === expected;
    return { row: row.id, run: 1, expected, got, right, verdict: report.verdict, said: saying(report) };
  } finally {
    await stage.close();
    await origin.close();
  }
}

function minimalWords({ minimalFix }: Report): string {
  if (minimalFix === null) return 'not told';
  if (minimalFix.hopMustChange) return 'the hop must change';
  return minimalFix.needed ? minimalFix.senderSide.join(' + ') : 'nothing';
}

function saying({ hops, findings }: Report): string {
  const hop = hops.at(-1);
  const found = findings.map(({ id, severity }) => `${id}${severity === 'error' ? '!' : ''}`);
  return `${hop?.verdict}${hop?.hold === null ? '' : ` (${hop?.hold.kind})`}; ${found.join(' ')}`;
}
