import type { Report } from '../types.ts';
import { type ExperimentRow, experimentRows, fixSentences, measuredLines } from './experiment-words.ts';
import { columnsOf, cutEnd, padEnd, padStart, wrap } from './printable.ts';
import type { TextStyle } from './text-style.ts';

const INDENT = '  ';
const MOST_FACTOR_COLUMNS = 46;

interface Column {
  title: string;
  cell(row: ExperimentRow): string;
  right?: true;
}

/** Experiment mode: the smallest change, what each factor did, and what else was measured. */
export function experimentBlocks(report: Report, style: TextStyle): string[][] {
  if (report.mode !== 'experiment') return [];
  return [fixLines(report, style), tableLines(report, style), otherLines(report, style)].filter(
    (lines) => lines.length > 0,
  );
}

function fixLines({ minimalFix, hops }: Report, style: TextStyle): string[] {
  if (minimalFix === null) return [];
  const at = hops.length > 1 ? `${minimalFix.hop}: ` : '';
  return fixSentences(minimalFix)
    .filter((text) => text !== '')
    .flatMap((text, i) =>
      wrap(style.safe(i === 0 ? `${at}${text}` : text), style.width - INDENT.length, true),
    )
    .map((line, i) => `${INDENT}${i === 0 ? style.colors.bold(line) : line}`);
}

function tableLines(report: Report, style: TextStyle): string[] {
  const rows = experimentRows(report);
  const changed = rows.filter(({ effect }) => effect !== 'none');
  const unchanged = rows.filter(({ effect }) => effect === 'none');
  const several = report.hops.length > 1;
  const columns: Column[] = [
    ...(several ? [{ title: 'hop', cell: ({ hop }: ExperimentRow) => cutEnd(style.safe(hop), 14) }] : []),
    { title: 'varied', cell: ({ factor }) => cutEnd(style.safe(factor), MOST_FACTOR_COLUMNS) },
    { title: 'verdict', cell: ({ verdict }) => verdict },
    { title: 'worst hold', cell: ({ hold }) => hold, right: true },
    { title: 'effect', cell: ({ effect }) => effect },
  ];
  const widths = columns.map(({ title, cell }) =>
    Math.max(title.length, ...changed.map((row) => columnsOf(cell(row)))),
  );
  const line = (cell: (column: Column) => string): string =>
    columns.map((column, i) => (column.right ? padStart : padEnd)(cell(column), widths[i] ?? 0)).join(INDENT);
  const table =
    changed.length === 0
      ? []
      : [
          `${INDENT}${style.colors.dim(line(({ title }) => title).trimEnd())}`,
          ...changed.map((row) => `${INDENT}${line(({ cell }) => cell(row))}`),
        ];
  return [...table, ...unchanged.flatMap((row) => unchangedLines(row, several, style))];
}

function unchangedLines({ hop, factor }: ExperimentRow, several: boolean, style: TextStyle): string[] {
  const text = `${several ? `${hop}: ` : ''}no effect: ${factor}`;
  return wrap(style.safe(text), style.width - INDENT.length, true).map((line) => `${INDENT}${line}`);
}

function otherLines({ hops }: Report, style: TextStyle): string[] {
  return hops
    .flatMap((hop) => measuredLines(hop, hops.length > 1))
    .flatMap((text) => wrap(style.safe(text), style.width - INDENT.length, true))
    .map((line) => `${INDENT}${line}`);
}
