import { showMs } from '../knowledge/phrases.ts';
import type { Report, ReportHop, Verdict } from '../types.ts';
import { columnsOf, cutEnd, cutMiddle, padEnd, padStart, wrap } from './printable.ts';
import { detailBlocks } from './text-details.ts';
import { experimentBlocks } from './text-experiments.ts';
import { findingLines } from './text-findings.ts';
import { hopLines } from './text-hops.ts';
import { styleFor, type TextOptions, type TextStyle } from './text-style.ts';
import {
  ASCII_MARKS,
  axisFor,
  axisRow,
  legend,
  timelineRow,
  UNICODE_MARKS,
  worthDrawing,
} from './timeline-row.ts';
import { culprit, headline, seenProducts, verdictTone, verdictWord, worstHold } from './words.ts';

const INDENT = '  ';

/** The report as one screen of text: verdict, timeline, table, then cause, evidence, fix; details where they are asked for. */
export function formatText(report: Report, options: TextOptions): string {
  const style = styleFor(options);
  const table = [...tableLines(report, style), ...hopLines(report, style)];
  const blocks = [headLines(report, style), timelineLines(report, style), table];
  blocks.push(...experimentBlocks(report, style), ...findingLines(report, style));
  if (style.verbose) blocks.push(...detailBlocks(report, style));
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`;
}

function toned(verdict: Verdict, text: string, { colors }: TextStyle): string {
  const tone = verdictTone(verdict);
  return tone === 'good' ? colors.green(text) : tone === 'bad' ? colors.red(text) : colors.yellow(text);
}

function headLines(report: Report, style: TextStyle): string[] {
  const word = verdictWord(report.verdict);
  const [first = '', ...more] = wrap(style.safe(headline(report)), style.width - word.length - 3, true);
  const lines = [`${style.colors.bold(toned(report.verdict, word, style))}   ${first}`];
  lines.push(...more.map((line) => `${' '.repeat(word.length + 3)}${line}`));
  const hop = culprit(report);
  if (report.hops.length === 1 && hop)
    lines.push('', `${INDENT}${cutMiddle(style.safe(hop.url), style.width - 2)}`);
  return lines;
}

function timelineLines(report: Report, style: TextStyle): string[] {
  if (!worthDrawing(report.hops)) return [];
  const names = shownNames(report.hops, style);
  const nameWidth = Math.max(...names.map(columnsOf));
  const axis = axisFor(report.hops, style.width - nameWidth - 4);
  const marks = style.unicode ? UNICODE_MARKS : ASCII_MARKS;
  const rows = report.hops.map((hop) => timelineRow(hop, axis, marks));
  const before = `${INDENT}${' '.repeat(nameWidth)}${INDENT}`;
  return [
    `${before}${style.colors.dim(axisRow(axis).trimEnd())}`,
    ...report.hops.map((hop, i) => {
      const name = padEnd(names[i] ?? '', nameWidth);
      return `${INDENT}${name}${INDENT}${toned(hop.verdict, (rows[i] ?? '').trimEnd(), style)}`;
    }),
    `${before}${style.colors.dim(cutEnd(legend(report.hops, rows, marks), axis.columns))}`,
  ];
}

/** Names as shown: safe, short enough, still told apart. */
function shownNames(hops: readonly ReportHop[], style: TextStyle): string[] {
  const longest = hops.length === 1 ? 24 : 18;
  return hops.map((hop) => cutMiddle(style.safe(hop.name), longest, style.unicode ? '\u2026' : '..'));
}

interface Column {
  title: string;
  cell(hop: ReportHop): string;
  right?: true;
}

const COLUMNS: readonly Column[] = [
  { title: 'verdict', cell: (hop) => verdictWord(hop.verdict) },
  { title: 'head', cell: (hop) => shownMs(hop.timings.responseHeadMs), right: true },
  { title: '1st event', cell: (hop) => shownMs(hop.timings.firstEventMs), right: true },
  { title: 'worst hold', cell: worstHold, right: true },
  { title: 'events', cell: (hop) => String(hop.events.count), right: true },
];

function shownMs(ms: number | null): string {
  return ms === null ? '-' : showMs(ms);
}

/** What a narrow terminal can do without, first to go first. */
const DISPENSABLE = ['events', 'head'];

function tableLines(report: Report, style: TextStyle): string[] {
  const { hops } = report;
  if (hops.length === 0) return [];
  const names = shownNames(hops, style);
  const hop: Column = { title: 'hop', cell: (one) => names[hops.indexOf(one)] ?? '' };
  let columns: Column[] = [hop, ...COLUMNS];
  for (const title of DISPENSABLE) {
    if (tableWidth(columns, hops) > style.width) columns = columns.filter((column) => column.title !== title);
  }
  const room = style.width - tableWidth(columns, hops) - 2;
  const products = hops.map((one) => style.safe(seenProducts(one)));
  // With too little room for a name that means something, the products are left to the other formats.
  if (room >= 6 && products.some((text) => text !== '')) {
    columns.push({ title: 'via', cell: (one) => cutEnd(products[hops.indexOf(one)] ?? '', room, '..') });
  }
  const titles = columns.map((column) => aligned(column.title, column, hops)).join('  ');
  return [
    `${INDENT}${style.colors.dim(titles.trimEnd())}`,
    ...hops.map((one) => tableRow(one, columns, hops, style)),
  ];
}

function tableRow(hop: ReportHop, columns: Column[], hops: ReportHop[], style: TextStyle): string {
  const cells = columns.map((column) => {
    const cell = aligned(column.cell(hop), column, hops);
    return column.title === 'verdict' ? toned(hop.verdict, cell, style) : cell;
  });
  return `${INDENT}${cells.join('  ')}`;
}

function aligned(text: string, column: Column, hops: ReportHop[]): string {
  return (column.right ? padStart : padEnd)(text, columnWidth(column, hops));
}

function columnWidth({ title, cell }: Column, hops: ReportHop[]): number {
  return Math.max(title.length, ...hops.map((hop) => columnsOf(cell(hop))));
}

function tableWidth(columns: Column[], hops: ReportHop[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column, hops) + 2, 0);
}
