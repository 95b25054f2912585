import { expect, test } from 'vitest';
import { ASCII_MARKS, axisFor, axisRow, legend, ticks, timelineRow } from '../../src/report/timeline-row.ts';
import type { ReportHop } from '../../src/types.ts';
import { type HopSketch, hopFacts, reportOf, steady } from '../support/report-builder.ts';

function hop(sketch: HopSketch): ReportHop {
  const [made] = reportOf([hopFacts(sketch)]).hops;
  if (made === undefined) throw new Error('one hop in, none out');
  return made;
}
function row(sketch: HopSketch, columns = 41): string {
  const made = hop(sketch);
  return timelineRow(made, axisFor([made], columns), ASCII_MARKS);
}

test('Events that came as they were sent are single marks without dots', () => {
  expect(row({ arrivalsMs: steady(9, 1_000), endMs: 10_000 })).toBe(
    '    |   |   |   |   |   |   |   |   |   ]',
  );
});

test('Events that came together at the end are one mark after dots', () => {
  expect(row({ arrivalsMs: new Array(20).fill(9_990), endMs: 10_000 })).toBe(`${'.'.repeat(39)}#]`);
});

test('Blocks are digits, with dots for each wait', () => {
  const arrivalsMs = [2_500, 2_501, 2_502, 5_000, 5_000, 7_500, 7_500];
  expect(row({ arrivalsMs, endMs: 10_000 })).toBe('..........3.........2.........2         ]');
});

test('A stream faster than a column is drawn as a flow, not as blocks', () => {
  expect(row({ arrivalsMs: steady(500, 20, 0), endMs: 10_000 })).toBe(`${'='.repeat(40)}]`);
});

test('A steady stream of about one event per column has neither pauses nor rushes', () => {
  const marks = row({ arrivalsMs: steady(36, 270, 100), endMs: 10_000 }).slice(0, 40);
  expect(marks).toMatch(/^[| ]+$/);
  expect(marks.match(/\|/g)).toHaveLength(36);
  expect(marks.trim()).not.toContain('  ');
});

test('A long wait for the first event is dotted, a usual one is not', () => {
  expect(row({ arrivalsMs: [5_000, 6_000, 7_000], endMs: 10_000 })).toMatch(/^\.{20}\| {3}\| {3}\|/);
  expect(row({ arrivalsMs: [1_000, 2_000, 3_000], endMs: 10_000 })).toMatch(/^ {4}\|/);
});

test('No event is all waiting', () => {
  expect(row({ arrivalsMs: [], endMs: 10_000, endReason: 'stopped-by-probe' })).toBe(`${'.'.repeat(40)}>`);
});

test.each([
  ['complete', ']'],
  ['closed', ']'],
  ['truncated', 'x'],
  ['reset', 'x'],
  ['stopped-by-probe', '>'],
] as const)('An answer that ended as %s ends with %s', (endReason, mark) => {
  expect(row({ endReason, endMs: 10_500 }).trimEnd().at(-1)).toBe(mark);
});

test('A hop that never answered says so in its row', () => {
  const slow = hop({ endMs: 10_500 });
  const gone = hop({
    arrivalsMs: [],
    error: { code: 'ECONNREFUSED', message: '', phase: 'connect', atMs: 1 },
  });
  expect(timelineRow(gone, axisFor([slow, gone], 41), ASCII_MARKS)).toMatch(/^\.x no answer +$/);
});

test('A probe that gave up waiting leaves the end open', () => {
  const error = { code: 'UNCLOG_TIMEOUT', message: '', phase: 'head', atMs: 10_000 } as const;
  expect(row({ arrivalsMs: [], error })).toBe(`${'.'.repeat(40)}>`);
});

test('All rows are as wide as the axis, whatever is on them', () => {
  const hops = [
    hop({}),
    hop({ arrivalsMs: [], endMs: 1 }),
    hop({ arrivalsMs: steady(3_000, 1), endMs: 3_000 }),
    hop({ arrivalsMs: [9_999.9], endMs: 10_000 }),
    hop({ arrivalsMs: [0], endMs: 0 }),
  ];
  const axis = axisFor(hops, 60);
  for (const one of hops) expect(timelineRow(one, axis, ASCII_MARKS)).toHaveLength(60);
  expect(axisRow(axis)).toHaveLength(60);
});

test('The axis has round labels at their time', () => {
  expect(axisRow({ spanMs: 10_000, columns: 61 })).toBe(
    '0 s         2 s         4 s         6 s         8 s      10 s',
  );
  expect(axisRow({ spanMs: 12, columns: 41 })).toBe('0 ms            5 ms             10 ms   ');
});

test.each([
  [10_000, 6, [0, 2_000, 4_000, 6_000, 8_000, 10_000]],
  [61_000, 5, [0, 20_000, 40_000, 60_000]],
  [7, 5, [0, 2, 4, 6]],
  [1, 2, [0, 1]],
])('%d ms with at most %d labels', (spanMs, most, expected) => {
  expect(ticks(spanMs, most)).toEqual(expected);
});

test('The legend explains the marks that were drawn and no others', () => {
  const steadyHop = hop({ endMs: 10_500 });
  const text = legend([steadyHop], [row({ endMs: 10_500 })], ASCII_MARKS);
  expect(text).toBe('| one event   ] end');
});
