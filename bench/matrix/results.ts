import type { Cell } from './check.ts';

/** What one run found: written as JSON, rendered as the page. */
export interface Results {
  schemaVersion: 1;
  command: string;
  startedAt: string;
  seconds: number;
  nodeVersion: string;
  commit: string | null;
  system: string;
  /** Median time of an event in lockstep without anything between: the floor under all others. */
  directEventMs: number;
  columns: ColumnResult[];
}

export interface ColumnResult {
  id: string;
  name: string;
  version: string;
  setup: string;
  /** By id of the check. */
  cells: Record<string, Cell>;
}

/** Cells of a column that are bad. */
export function failures({ cells }: ColumnResult): { id: string; cell: Cell }[] {
  return Object.entries(cells)
    .filter(([, { verdict }]) => verdict === 'bad')
    .map(([id, cell]) => ({ id, cell }));
}
