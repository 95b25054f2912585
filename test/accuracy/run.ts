import { setTimeout as delay } from 'node:timers/promises';
import { diagnose } from '../../src/probe/diagnose.ts';
import { observeHops, type ProbeOptions } from '../../src/probe/run-probe.ts';
import type { Observation, Report } from '../../src/types.ts';
import type { Row } from './row.ts';
import { openStage, type Stage } from './stage.ts';
import { clientFields, STREAM_IDS, type StreamId, streamPath } from './streams.ts';
import { ASPECTS, type Aspect, type Comparison, compare, VIEWS, type View } from './verdicts.ts';

/** One judged measurement. */
export interface Case {
  row: string;
  stream: StreamId;
  run: number;
  view: View;
  aspects: Comparison;
  wrong: Aspect[];
  /** What the probe said, for a miss. */
  said: string;
  /** Measured again because the probe itself said that it could not tell, as `--repeat` does. */
  again: number;
}

export interface RunOptions {
  /** Base URL of the origin. */
  origin: string;
  rows: readonly Row[];
  streams: readonly StreamId[] | null;
  runs: number;
  /** Streams that are measured at the same time. */
  atOnce: number;
  /** Rows whose hops run at the same time. */
  rowsAtOnce: number;
  onCase?(one: Case, observations: Observation[]): void;
  onRow?(row: Row, cases: Case[]): void;
}

/** The origin allows a hop 100 streams at a time. */
export const MOST_AT_ONCE = 40;
const MOST_AGAIN = 2;

/** Long enough for the longest hold of a whole stream. */
const WATCH: ProbeOptions = { waitFirstMs: 6_000, durationMs: 6_000 };

/** Streams that begin together would also send together, for as long as they last. */
const STAGGER_MS = 37;

/** Measures every stream through every row, `runs` times, and compares what the probe says with what it should say. */
export async function runRows(options: RunOptions): Promise<Case[]> {
  const turn = createTurns(Math.min(options.atOnce, MOST_AT_ONCE), STAGGER_MS);
  const cases: Case[] = [];
  for (let first = 0; first < options.rows.length; first += options.rowsAtOnce) {
    const rows = options.rows.slice(first, first + options.rowsAtOnce);
    cases.push(...(await runBatch(rows, turn, options)));
  }
  return cases;
}

/** Starts the hops of some rows, all before the first measurement: starting a server is work. */
async function runBatch(rows: readonly Row[], turn: Turns, options: RunOptions): Promise<Case[]> {
  const stages: { row: Row; stage: Stage }[] = [];
  try {
    for (const row of rows) stages.push({ row, stage: await openStage(row, options.origin) });
    const jobs = Array.from({ length: options.runs }, (_, i) => i + 1).flatMap((run) =>
      stages.flatMap(({ row, stage }) =>
        streamsOf(row, options).map((stream) => turn(() => runStream(row, stage, stream, run, options))),
      ),
    );
    const cases = (await Promise.all(jobs)).flat();
    for (const row of rows)
      options.onRow?.(
        row,
        cases.filter((one) => one.row === row.id),
      );
    return cases;
  } finally {
    await Promise.all(stages.map(({ stage }) => stage.close()));
  }
}

function streamsOf(row: Row, options: RunOptions): StreamId[] {
  return (row.streams ?? STREAM_IDS).filter((id) => options.streams?.includes(id) ?? true);
}

let requests = 0;

async function runStream(
  row: Row,
  stage: Stage,
  stream: StreamId,
  run: number,
  options: RunOptions,
): Promise<Case[]> {
  for (let again = 0; ; again += 1) {
    requests += 1;
    const path = streamPath(stream, `r${requests}`);
    const targets = [{ name: 'origin', url: options.origin }, ...stage.hops].map(({ name, url }) => ({
      name,
      url: url + path,
      headers: clientFields(stream),
    }));
    const settings = { ...WATCH, verifyTls: false, ...row.options };
    if (row.readBefore) await readOnce(targets.at(-1)?.url ?? '');
    const observations = await observeHops(targets, settings);
    const reports: Record<View, Report> = {
      beside: diagnose(observations, settings),
      alone: diagnose(observations.slice(-1), settings),
    };
    if (again < MOST_AGAIN && VIEWS.some((view) => cannotTell(reports[view]))) continue;
    return VIEWS.map((view) => {
      const report = reports[view];
      const aspects = compare(row, stream, view, report);
      const wrong = ASPECTS.filter((aspect) => aspects[aspect]?.right === false);
      const said = wrong.length === 0 ? '' : saying(report);
      const one: Case = { row: row.id, stream, run, view, aspects, wrong, said, again };
      options.onCase?.(one, observations);
      return one;
    });
  }
}

/** Long enough for what was read to be older than any doubt about clocks. */
const OLD_AFTER_MS = 2_500;

async function readOnce(url: string): Promise<void> {
  const answer = await fetch(url, { headers: { Accept: 'text/event-stream' } });
  await answer.text();
  await delay(OLD_AFTER_MS);
}

/** The report itself blames this machine: no claim was made that could be wrong. */
function cannotTell(report: Report): boolean {
  return (
    report.hops.some(({ verdict, hold }) => verdict === 'inconclusive' || hold?.kind === 'unknown') &&
    report.findings.some(({ id }) => id === 'overloaded-prober')
  );
}

/** What a report says about its outermost hop, in a line. */
function saying(report: Report): string {
  const hop = report.hops.at(-1);
  if (hop === undefined) return 'nothing';
  const { hold, events } = hop;
  const size = hold?.blockBytes == null ? '' : ` ${hold.blockBytes} B`;
  const period = hold?.periodMs == null ? '' : ` ${hold.periodMs} ms`;
  const kind = hold === null ? '' : ` (${hold.kind}${size}${period})`;
  const late = events.holdMs === null ? '' : `, hold p50 ${events.holdMs.p50} max ${events.holdMs.max} ms`;
  const products =
    hop.intermediaries.map(({ id, confidence }) => `${id} ${confidence}`).join(' ') || 'no product';
  const found = report.findings
    .filter((one) => one.hop === hop.name)
    .map(({ id, severity }) => `${id}${severity === 'error' ? '!' : ''}`);
  return `${hop.verdict}${kind}, ${events.holdBasis}${late}, ${products}; ${found.join(' ')}`;
}

type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets so many pieces of work run at the same time, first come, first served, each begun a little after the one before. */
function createTurns(atOnce: number, staggerMs: number): Turns {
  let free = atOnce;
  let beginMs = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const nowMs = performance.now();
      beginMs = Math.max(nowMs, beginMs + staggerMs);
      await delay(beginMs - nowMs);
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
