import { expect, test } from 'vitest';
import { formatReport } from '../../src/report/format.ts';
import type { Report } from '../../src/types.ts';
import { HOSTILE, withTexts } from '../support/hostile.ts';
import { finding, fix, heldReport, hopFacts, reportOf } from '../support/report-builder.ts';

function markdownOf(report: Report): string {
  return formatReport(report, 'markdown', { color: false, unicode: false });
}

/** What is left when fenced blocks and code spans, where nothing is markup, are taken out. */
function outsideCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})[^`\n]*\n.*?^\1$/gms, '')
    .replace(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, '');
}

test('It begins with the verdict and the hop', () => {
  expect(markdownOf(heldReport())).toMatch(/^### :x: HELD \\\(buffered\\\): hop "edge" keeps every event/);
});

test('It has a table row per hop, each with the cells of the head', () => {
  const rows = markdownOf(heldReport())
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(rows).toHaveLength(4);
  expect(new Set(rows.map((row) => row.split('|').length)).size).toBe(1);
});

test('The fix is in a code fence', () => {
  expect(markdownOf(heldReport())).toContain('```\nproxy_buffering off;\n```');
});

test('A fence is longer than the backticks in it', () => {
  const change = '```\nnot the end';
  const report = reportOf([hopFacts({ verdict: 'held' })], [finding({ fixes: [fix({ change })] })]);
  expect(markdownOf(report)).toContain('````\n```\nnot the end\n````');
});

test('Further fixes are folded away', () => {
  expect(markdownOf(heldReport())).toContain('<details><summary>Other fixes: 2</summary>');
});

test('Hostile texts are neither markup nor mentions', () => {
  const rest = outsideCode(markdownOf(withTexts(heldReport(), HOSTILE)));
  expect(rest).not.toMatch(/<(?!\/?(details|summary|sub)>)/);
  expect(rest).not.toMatch(/@\w|(?<!&)#\d/);
  expect(rest).not.toMatch(/(?<!\\)\]\(/);
  expect(rest).not.toMatch(/(?<!\\)\*\*bold/);
});

test('Hostile texts add no cell to the table', () => {
  const cells = (report: Report): number[] =>
    markdownOf(report)
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((row) => row.split(/(?<!\\)\|/).length);
  expect(cells(withTexts(heldReport(), HOSTILE))).toEqual(cells(heldReport()));
});
