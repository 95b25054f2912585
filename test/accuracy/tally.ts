import { expectedOf, type Row } from './row.ts';
import type { Case } from './run.ts';
import type { StreamId } from './streams.ts';
import { ASPECTS, type Aspect } from './verdicts.ts';

/** How often something was expected and something said. */
export interface Confusion {
  expected: string;
  got: string;
  count: number;
}

/** A case that was not judged as expected. */
export interface Miss {
  row: string;
  stream: string;
  run: number;
  view: string;
  wrong: { aspect: Aspect; expected: string; got: string }[];
  said: string;
}

/** What one part of the proof came to. */
export interface Tally {
  /** Streams judged: rows × streams × runs × views. */
  cases: number;
  rightCases: number;
  /** Configurations × runs; right when every stream of the run was, in every view. */
  configurations: number;
  rightConfigurations: number;
  /** By aspect: how many were compared, how many were right, and what was taken for what. */
  aspects: Record<Aspect, { compared: number; right: number; confusion: Confusion[] }>;
  /** Streams found held that should flow. */
  falseHeld: number;
  /** Measurements that were repeated because the probe said that it could not tell. */
  repeated: number;
  misses: Miss[];
}

export function tallyUp(cases: readonly Case[]): Tally {
  const runs = groupByRun(cases);
  const aspects = Object.fromEntries(
    ASPECTS.map((aspect) => [aspect, tallyAspect(cases, aspect)]),
  ) as Tally['aspects'];
  return {
    cases: cases.length,
    rightCases: cases.filter(isRight).length,
    configurations: runs.length,
    rightConfigurations: runs.filter((run) => run.every(isRight)).length,
    aspects,
    falseHeld: cases.filter(isFalseHeld).length,
    repeated: cases.filter(({ again, view }) => again > 0 && view === 'beside').length,
    misses: cases.filter((one) => !isRight(one)).map(missOf),
  };
}

export function isRight({ wrong }: Case): boolean {
  return wrong.length === 0;
}

function isFalseHeld({ aspects }: Case): boolean {
  return aspects.verdict?.expected === 'streaming' && aspects.verdict.got.startsWith('held');
}

function groupByRun(cases: readonly Case[]): Case[][] {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const key = `${one.row} ${one.run}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function tallyAspect(cases: readonly Case[], aspect: Aspect): Tally['aspects'][Aspect] {
  const counts = new Map<string, Confusion>();
  let right = 0;
  for (const { aspects } of cases) {
    const one = aspects[aspect];
    if (one === null) continue;
    if (one.right) right += 1;
    const key = JSON.stringify([one.expected, one.got]);
    const entry = counts.get(key) ?? { expected: one.expected, got: one.got, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  const confusion = [...counts.values()].sort(
    (a, b) => a.expected.localeCompare(b.expected) || b.count - a.count,
  );
  return { compared: confusion.reduce((sum, { count }) => sum + count, 0), right, confusion };
}

function missOf({ row, stream, run, view, aspects, wrong, said }: Case): Miss {
  const details = wrong.map((aspect) => ({
    aspect,
    expected: aspects[aspect]?.expected ?? '',
    got: aspects[aspect]?.got ?? '',
  }));
  return { row, stream, run, view, wrong: details, said };
}

/** A line of the table of configurations: what each stream should show, and how often it did. */
export interface RowSummary {
  row: string;
  /** From the origin outward: paths of configurations, or `simulated`. */
  hops: string[];
  streams: Partial<Record<StreamId, { expected: string; right: number; of: number }>>;
}

export function summarise(row: Row, cases: readonly Case[]): RowSummary {
  const streams: RowSummary['streams'] = {};
  for (const one of cases) {
    if (one.row !== row.id) continue;
    const { verdict, kinds } = expectedOf(row, one.stream);
    const cell = streams[one.stream] ?? { expected: kinds?.[0] ?? verdict, right: 0, of: 0 };
    cell.of += 1;
    if (isRight(one)) cell.right += 1;
    streams[one.stream] = cell;
  }
  return { row: row.id, hops: row.hops.map((hop) => ('config' in hop ? hop.config : 'simulated')), streams };
}
