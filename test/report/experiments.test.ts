import { expect, test } from 'vitest';
import { formatReport } from '../../src/report/format.ts';
import { reportSchema } from '../../src/report/schema.ts';
import type { ExperimentFacts, MinimalFix, Report, ReportExperiment } from '../../src/types.ts';
import { noExperiments } from '../support/facts-builder.ts';
import { hopFacts, reportOf, steady } from '../support/report-builder.ts';

const HOLDS = { p50: 900, p95: 1_800, p99: 1_900, max: 1_900 };
const FLOWING = { p50: 1, p95: 3, p99: 4, max: 4 };

const FIX: MinimalFix = {
  ...{ hop: 'edge', needed: true, senderSide: ['x-accel-buffering'], hopMustChange: false },
  ...{ before: HOLDS, after: FLOWING },
  hopChange: { where: 'nginx', change: 'proxy_buffering off;' },
};

function outcome(factor: ReportExperiment['factor'], more: Partial<ReportExperiment> = {}): ReportExperiment {
  return {
    ...{ hop: 'edge', factor, value: 'no', verdict: 'held', holdMs: HOLDS, effect: 'none', stream: '40 B' },
    ...more,
  };
}

function experimentReport(more: Partial<ExperimentFacts> = {}): Report {
  const experiments: ExperimentFacts = {
    ...noExperiments(),
    outcomes: [
      outcome('x-accel-buffering', { verdict: 'streaming', holdMs: FLOWING, effect: 'fixes' }),
      outcome('incremental', { value: '?1' }),
      outcome('padding'),
      outcome('lockstep', { value: 'stalled at 1', holdMs: null }),
    ],
    minimalFix: FIX,
    buffer: { firstBytes: 3_932, blockBytes: 4_096, sentBytes: 200_000 },
    abort: { writingMs: 75, quietMs: null, waitedMs: 5_000 },
    edits: {
      request: { added: ['x-forwarded-for'], removed: [], changed: [] },
      response: { added: [], removed: ['x-accel-buffering'], changed: [] },
    },
    ...more,
  };
  const report = reportOf([hopFacts({ verdict: 'held', arrivalsMs: steady(5, 100), experiments })], []);
  return { ...report, mode: 'experiment', minimalFix: experiments.minimalFix };
}

const text = (report: Report): string => formatReport(report, 'text', { color: false, unicode: false });

test('The report of an experiment is what the schema describes', () => {
  expect(reportSchema.safeParse(experimentReport()).error).toBeUndefined();
});

test('The text names the smallest change, with the holds before and after, and the line of the hop', () => {
  expect(text(experimentReport()).replace(/\s+/g, ' ')).toContain(
    'The smallest change by the sender that makes it stream is x-accel-buffering: worst hold 1.9 s before, 4 ms with it. In nginx: proxy_buffering off;',
  );
});

test('The text has a row for each factor that did something, and one line for all that did nothing', () => {
  const lines = text(experimentReport()).split('\n');
  expect(lines.filter((line) => /fixes$/.test(line))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('stalled at 1'))).toHaveLength(1);
  expect(lines).toContain('  no effect: incremental, padding');
});

test('The text tells what was measured besides', () => {
  const shown = text(experimentReport());
  expect(shown).toContain('lets go after 3932 bytes, then 4096 at a time');
  expect(shown.replace(/\s+/g, ' ')).toContain('told after 75 ms while events come, never in silence');
  expect(shown).toContain('response fields: removed x-accel-buffering');
});

test('No line of the text is wider than 80 columns', () => {
  const many = Array.from({ length: 30 }, (_, i) => `x-some-field-${i}`);
  const edits = { added: many, removed: [], changed: [] };
  const report = experimentReport({ edits: { request: edits, response: edits } });
  for (const line of text(report).split('\n')) expect(line.length, line).toBeLessThan(80);
});

test('That nothing has to be changed, and that only the hop can be, is said', () => {
  const none = { ...FIX, needed: false, senderSide: [] };
  expect(text(experimentReport({ minimalFix: none }))).toContain('nothing has to be changed');
  const hop: MinimalFix = { ...FIX, senderSide: [], hopMustChange: true, after: null };
  expect(text(experimentReport({ minimalFix: hop }))).toContain('the hop itself must change');
});

test('Markdown has the table of factors', () => {
  const markdown = formatReport(experimentReport(), 'markdown', { color: false, unicode: false });
  expect(markdown).toMatch(/^\| `edge` \| x-accel-buffering: no \| streaming \| 4 ms \| fixes \|$/m);
});

test('A report of what was only watched says nothing of experiments', () => {
  const watched: Report = { ...experimentReport(), mode: 'observe' };
  expect(text(watched)).not.toMatch(/smallest change|no effect/);
});
