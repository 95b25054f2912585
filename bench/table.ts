import type { Goal } from './goals.ts';
import { bestLibrary, type Row, ratio, type ScenarioSummary, type Spread } from './summary.ts';

/** A table as text cells, the first row its heading. */
export type Table = string[][];

/** One row for each target: figures as median [min–max], then ratios to nginx and to the best library. */
export function scenarioTable(summary: ScenarioSummary): Table {
  const ratioKinds = summary.kinds.filter(({ compared }) => compared);
  const heading = [
    'target',
    ...summary.kinds.map(({ label }) => label),
    ...ratioKinds.flatMap(({ label }) => [`${withoutUnit(label)} ÷ nginx`, '÷ best library']),
    'notes',
  ];
  const body = summary.rows.map((row) => [
    row.target.name,
    ...summary.kinds.map(({ id, digits }) => formatSpread(row.figures.get(id) ?? null, digits)),
    ...ratioKinds.flatMap(({ id }) => ratiosOf(summary, row, id)),
    row.notes.join('; '),
  ]);
  return withoutEmptyColumns([heading, ...body]);
}

export function goalTable(goals: readonly Goal[]): Table {
  const word = (met: boolean | null): string => (met === null ? 'not measured' : met ? 'pass' : 'MISS');
  return [
    ['aim', 'wanted', 'measured', ''],
    ...goals.map(({ text, limit, value, met }) => [text, limit, value, word(met)]),
  ];
}

/** Aligned columns for a terminal. */
export function formatText(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => [...(row[column] ?? '')].length)),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column === 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function formatMarkdown(table: Table): string {
  const [heading = [], ...body] = table;
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'));
  return [heading, rule, ...body]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function ratiosOf(summary: ScenarioSummary, row: Row, figure: string): [string, string] {
  const show = (value: number | null): string => (value === null ? '' : value.toFixed(2));
  if (row.target.kind === 'direct') return ['', ''];
  return [
    show(ratio(summary, figure, row.target.id, 'nginx')),
    show(ratio(summary, figure, row.target.id, bestLibrary(summary, figure))),
  ];
}

/** Median [smallest–largest]. */
export function formatSpread(spread: Spread | null, digits: number): string {
  if (spread === null) return '–';
  const show = (value: number): string => value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1');
  if (spread.rounds.length === 1) return show(spread.median);
  return `${show(spread.median)} [${show(spread.min)}–${show(spread.max)}]`;
}

function withoutUnit(label: string): string {
  return label.replace(/ (?:µs|ms|MB|KiB|\(k\))$/, '');
}

function withoutEmptyColumns(table: Table): Table {
  const isUsed = (table[0] ?? []).map((_, column) => table.slice(1).some((row) => row[column] !== ''));
  return table.map((row) => row.filter((_, column) => isUsed[column]));
}

function pad(cell: string, width: number, left: boolean): string {
  const space = ' '.repeat(Math.max(0, width - [...cell].length));
  return left ? cell + space : space + cell;
}
