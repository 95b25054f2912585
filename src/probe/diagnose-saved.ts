import type { JudgeOptions, Observation, Report } from '../types.ts';
import { diagnose } from './diagnose.ts';
import { maskAlike } from './mask-payload.ts';
import { pairEvents } from './match.ts';
import type { SavedRun } from './saved.ts';
import { buildTimeline } from './timeline.ts';
import type { Watched } from './watched.ts';

/**
 * Judges saved recordings: one file as it was judged when it was recorded; several files as the hops of one chain, recorded
 * on several machines whose clocks need not agree.
 *
 * What can be claimed across machines: with stamps and a clock exchange in each file, everything. Without, the events
 * that both saw line the clocks up, the fastest one counted as on time: a constant delay cannot be seen then.
 *
 * @param runs one per file, nearest to the origin first; at least one
 */
export function diagnoseSaved(runs: SavedRun[], options: JudgeOptions): Report {
  const [first, ...others] = runs;
  if (first === undefined) throw new TypeError('diagnoseSaved: no recording given, expected at least one');
  if (others.length === 0) return diagnose(first.observations, options);
  const notes: string[] = [];
  const alike = withUniqueNames(unmaskedAlike(runs, notes));
  const near = alike[0] ?? [];
  const chain: Observation[] = near.map((one) => ({ ...one, clock: 'file 1' }));
  alike.slice(1).forEach((observations, i) => {
    const clock = `file ${i + 2}`;
    const onOurAxis = observations.map((one) => ({ ...moveTo(one, near[0]), clock }));
    chain.push(...lineUp(chain, onOurAxis, notes));
  });
  const report = diagnose(chain, options);
  return { ...report, warnings: [...report.warnings, ...notes] };
}

/** Files that were masked apart: their replacements say nothing about one another, so that ids and lengths must do. */
function unmaskedAlike(runs: SavedRun[], notes: string[]): Observation[][] {
  if (runs.every((run) => run.payloadKept)) return runs.map((run) => run.observations);
  notes.push(
    'payload was masked when these files were saved: events are matched by id and length; unclog probe --save-payload keeps the contents',
  );
  return runs.map((run) => run.observations.map(maskAlike));
}

/** The same recording on the time axis of another, as far as both machines' wall clocks agree. */
function moveTo(observation: Observation, reference: Observation | undefined): Observation {
  const zeroMs = reference?.startedAtEpochMs ?? observation.startedAtEpochMs;
  const known = observation.startedAtEpochMs > 0 && zeroMs > 0;
  return known ? shifted(observation, observation.startedAtEpochMs - zeroMs) : observation;
}

/** Moves recordings of another machine so that no event was seen there before it was seen nearer to the origin. */
function lineUp(nearer: Observation[], farther: Observation[], notes: string[]): Observation[] {
  const reference = nearer.map(watched).findLast(({ timeline }) => timeline.events.length > 0);
  const names = farther.map(({ hop }) => hop).join(', ');
  if (farther.every(hasOwnClock) && nearer.every(hasOwnClock)) return farther;
  for (const hop of farther.map(watched)) {
    const pairs = reference === undefined ? null : pairEvents(hop, reference);
    if (pairs === null || reference === undefined) continue;
    const aheadMs = Math.min(...pairs.map(({ here, there }) => here.atMs - there.atMs));
    notes.push(
      `${names}: another machine's clock, set by the ${pairs.length} events that "${reference.observation.hop}" saw as well; a delay common to all of them cannot be seen`,
    );
    return farther.map((one) => shifted(one, -aheadMs));
  }
  notes.push(
    `${names}: another machine's clock, and no events in common to set it by; each file is judged by itself`,
  );
  return farther;
}

function watched(observation: Observation): Watched {
  return { observation, timeline: buildTimeline(observation) };
}

/** A recording that holds an exchange with the origin's clock is judged by that. */
function hasOwnClock({ pathExchanges }: Observation): boolean {
  return pathExchanges.some(({ originEpochMs }) => originEpochMs !== null);
}

/** Every time of the recording, later by `byMs`; its zero stays the same moment on its own wall clock. */
function shifted(observation: Observation, byMs: number): Observation {
  const move = (value: unknown, name: string): unknown => {
    if (typeof value === 'number' && name.endsWith('Ms') && !name.endsWith('EpochMs')) return value + byMs;
    if (Array.isArray(value)) return value.map((one) => move(one, ''));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, move(one, key)]));
  };
  const { limits, proberLags, ...times } = observation;
  return {
    ...(move(times, '') as Observation),
    startedAtEpochMs: observation.startedAtEpochMs - byMs,
    limits,
    proberLags: proberLags.map((lag) => ({ ...lag, atMs: lag.atMs + byMs })),
  };
}

function withUniqueNames(files: Observation[][]): Observation[][] {
  const used = new Map<string, number>();
  const unique = (one: Observation): Observation => {
    const times = (used.get(one.hop) ?? 0) + 1;
    used.set(one.hop, times);
    return times === 1 ? one : { ...one, hop: `${one.hop}-${times}` };
  };
  return files.map((observations) => observations.map(unique));
}
