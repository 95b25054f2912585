import { runExperiments } from '../../src/probe/experiment/run-experiments.ts';
import type { Report } from '../../src/types.ts';
import type { ExperimentCase, ExperimentPart } from './results.ts';
import { minimalOf, type Row } from './row.ts';
import { openStage } from './stage.ts';

/** Each hop has six streams at a time, and the origin allows a hundred for all of them. */
const ROWS_AT_ONCE = 8;
/** How long the one stream lasts that is watched for a while. */
const LONGEST_MS = 4_000;

/** Makes experiments on every row of which is known what they should find, once. */
export async function runAllExperiments(rows: readonly Row[], origin: string): Promise<ExperimentPart> {
  const startMs = performance.now();
  const waiting = rows.filter((row) => minimalOf(row) !== null);
  const cases: ExperimentCase[] = [];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const one = await experimentOn(row, origin);
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

async function experimentOn(row: Row, origin: string): Promise<ExperimentCase> {
  const stage = await openStage(row, origin);
  try {
    const hop = stage.hops.at(-1) ?? { name: 'origin', url: origin };
    const report = await runExperiments([hop], { durationMs: LONGEST_MS, verifyTls: false });
    const expected = minimalOf(row) ?? 'nothing';
    const got = minimalWords(report);
    return {
      row: row.id,
      run: 1,
      expected,
      got,
      right: got === expected,
      verdict: report.verdict,
      said: saying(report),
    };
  } finally {
    await stage.close();
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
