import type { Figure, Row } from './data.ts';

/** All that the script of the bench's page says; the rest stands in bench/html.ts. */
export const STRINGS = {
  figure: 'Figure',
  better: { lower: 'lower is better', higher: 'higher is better' },
  legend:
    'Bars are medians, the lines on them reach from the smallest to the largest round, dots are rounds.',
  rounds: (row: Row, digits: number): string =>
    `${row.name}: ${row.rounds.map((value) => (value === null ? '\u2013' : shown(value, digits))).join(', ')}`,
  chart: ({ label, better, rows, digits }: Figure): string =>
    `${label}, ${better} is better: ${rows.map(({ name, median }) => `${name} ${shown(median, digits)}`).join(', ')}`,
} as const;

/** A number with as many digits as its figure has. */
export function shown(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Median, and from where to where the rounds went. */
export function spreadWords({ median, min, max }: Row, digits: number): string {
  const range = min === max ? '' : ` [${shown(min, digits)}\u2013${shown(max, digits)}]`;
  return `${shown(median, digits)}${range}`;
}
