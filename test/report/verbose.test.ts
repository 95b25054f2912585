import { expect, test } from 'vitest';
import { formatReport } from '../../src/report/format.ts';
import type { HopFacts, Report } from '../../src/types.ts';
import { HOSTILE, withTexts } from '../support/hostile.ts';
import { finding, fix, heldReport, hopFacts, reportOf } from '../support/report-builder.ts';

function textOf(report: Report, verbose: boolean): string {
  return formatReport(report, 'text', { color: false, unicode: false, columns: 80, verbose });
}

/** A chain whose hops hold that long, and collect blocks of that size. */
function chain(...hops: [name: string, judgedHoldMs: number | null, blockBytes: number | null][]): Report {
  const kind = 'until-full' as const;
  return reportOf(
    hops.map(([name, judgedHoldMs, blockBytes], index): HopFacts => {
      const hold = { kind, blockBytes, periodMs: null, atLeastMs: null, atLeastBytes: null };
      return hopFacts({ name, index, judgedHoldMs, hold: blockBytes === null ? null : hold });
    }),
  );
}

test('What each hop adds to the nearer ones stands below the table', () => {
  const report = chain(
    ['origin', 0, null],
    ['inner', 400, 4_096],
    ['edge', 1_900, 16_384],
    ['cdn', 1_905, null],
  );
  expect(report.hops.map(({ adds }) => adds)).toEqual([
    { holdMs: 0, blockBytes: null },
    { holdMs: 400, blockBytes: 4_096 },
    { holdMs: 1_500, blockBytes: 16_384 },
    { holdMs: 5, blockBytes: null },
  ]);
  expect(textOf(report, false).replaceAll(/\s+/g, ' ')).toContain(
    'origin adds nothing; inner adds 400 ms and holds 4096 bytes; edge adds 1.5 s and holds 16 KiB; cdn adds nothing',
  );
});

test('Where lateness is not known, a hop is not said to add nothing', () => {
  const text = textOf(chain(['origin', 0, null], ['inner', 400, 4_096], ['edge', null, null]), false);
  expect(text.replaceAll(/\s+/g, ' ')).toContain('edge cannot be compared');
});

test('One hop alone has no share', () => {
  const report = chain(['edge', 400, 4_096]);
  expect(report.hops[0]).not.toHaveProperty('adds');
  expect(textOf(report, true)).not.toContain('adds');
});

test('The protocol inside the stream is told with first token and end marker, in text and Markdown', () => {
  const plain = hopFacts({ name: 'edge' });
  const protocol = { name: 'chat-completions', firstTokenMs: 2_200, endMarker: false } as const;
  const report = reportOf([{ ...plain, timeline: { ...plain.timeline, protocol } }]);
  const said = 'chat completions (OpenAI style): first token after 1.2 s, no end marker';
  expect(textOf(report, false)).toContain(`  ${said}\n`);
  expect(formatReport(report, 'markdown', { color: false, unicode: false })).toContain(
    'first token after 1.2 s',
  );
});

test('--verbose tells warnings and infos in full, every fix, and why advice does nothing', () => {
  const fixes = Array.from({ length: 8 }, (_, i) => fix({ change: `directive_${i} on;` }));
  const why = 'It is never read.';
  const report = reportOf(
    [hopFacts({ name: 'edge' })],
    [
      finding({
        severity: 'warning',
        explanation: `${'A sentence of some length stands here. '.repeat(12)}The last one.`,
        fixes,
        doesNothing: [{ where: 'nginx', advice: 'padding', why, standing: 'tested here' }],
      }),
    ],
  );
  const [brief, full] = [textOf(report, false), textOf(report, true)];
  for (const part of ['The last one.', 'directive_7 on;', why]) {
    expect(brief).not.toContain(part);
    expect(full).toContain(part);
  }
});

test('--verbose shows what was measured of each hop, under 80 columns and in plain ASCII', () => {
  const full = textOf(heldReport(), true);
  expect(full.startsWith(textOf(heldReport(), false).split('\n\ncause')[0] ?? '-')).toBe(true);
  for (const label of ['answer', 'times', 'events', 'hold', 'gaps', 'end', 'share'])
    expect(full).toMatch(new RegExp(`^  ${label} +\\S`, 'm'));
  expect(full).toContain('Content-Type: text/event-stream');
  const lines = full.split('\n').filter((line) => !line.includes('https://'));
  expect(lines.filter((line) => line.length > 79 || /[^\x20-\x7e]/.test(line))).toEqual([]);
});

test('--verbose lets no control character of a stranger through', () => {
  expect(textOf(withTexts(heldReport(), HOSTILE), true)).not.toMatch(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/,
  );
});
