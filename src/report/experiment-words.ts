import { showMs } from '../knowledge/phrases.ts';
import type { MinimalFix, Percentiles, Report, ReportExperiment } from '../types.ts';
import { verdictWord } from './words.ts';

/** A row of the table of experiments. */
export interface ExperimentRow {
  hop: string;
  factor: string;
  verdict: string;
  hold: string;
  effect: string;
  /** Worst hold of the same stream without the change, and with it; milliseconds, null where it is not known. */
  beforeMs: number | null;
  afterMs: number | null;
}

/** What each factor came to, those that changed something first; factors without any effect share a row. */
export function experimentRows(report: Report): ExperimentRow[] {
  const varied = report.experiments.filter(({ factor }) => factor !== 'lockstep');
  const moved = varied.filter(({ effect }) => effect !== 'none');
  const steps = report.experiments.filter(
    ({ factor, verdict }) => factor === 'lockstep' && verdict !== 'streaming',
  );
  const idle = varied.filter(({ effect, factor }) => effect === 'none' && !isVariant(factor));
  return [...moved.map(toRow), ...firstOf(steps).map(stepRow), ...withoutEffect(idle)];
}

function toRow(experiment: ReportExperiment): ExperimentRow {
  const { hop, factor, value, verdict, holdMs, withoutHoldMs, effect, stream } = experiment;
  const named = isVariant(factor) ? stream : factor;
  const full = named === factor ? `${factor}: ${value}` : named;
  return {
    ...{ hop, factor: full, verdict: verdictWord(verdict), hold: worst(holdMs), effect },
    ...{ beforeMs: withoutHoldMs?.max ?? null, afterMs: holdMs?.max ?? null },
  };
}

/** Streams that differ in what they carry, rather than in how they are sent. */
function isVariant(factor: ReportExperiment['factor']): boolean {
  return factor === 'event-size' || factor === 'quiet' || factor === 'duration';
}

const UNCOMPARED = { beforeMs: null, afterMs: null };

/** One lockstep a hop is proof enough. */
function firstOf(steps: ReportExperiment[]): ReportExperiment[] {
  return steps.filter(({ hop }, i) => steps.findIndex((other) => other.hop === hop) === i);
}

function stepRow({ hop, value, verdict, stream }: ReportExperiment): ExperimentRow {
  return {
    ...{ hop, factor: `lockstep (${stream})`, verdict: verdictWord(verdict), hold: value, effect: '' },
    ...UNCOMPARED,
  };
}

function withoutEffect(idle: ReportExperiment[]): ExperimentRow[] {
  const hops = [...new Set(idle.map(({ hop }) => hop))];
  return hops.map((hop) => {
    const factors = new Set(idle.filter((one) => one.hop === hop).map(({ factor }) => factor));
    return { hop, factor: [...factors].join(', '), verdict: '', hold: '', effect: 'none', ...UNCOMPARED };
  });
}

function worst(holds: Percentiles | null): string {
  return holds === null ? '-' : showMs(Math.max(0, holds.max));
}

/** The outcome in one or two sentences. */
export function fixSentences({
  needed,
  senderSide,
  hopMustChange,
  before,
  after,
  hopChange,
}: MinimalFix): string[] {
  if (!needed) return ['The stream flows as it is: nothing has to be changed.'];
  const own = hopChange === null ? null : `In ${hopChange.where}: ${hopChange.change.split('\n')[0]}`;
  if (hopMustChange)
    return ['Nothing that a sender can do makes it stream: the hop itself must change.', own ?? ''];
  const change = senderSide.join(' and ');
  const shown =
    before === null || after === null ? '' : `: worst hold ${worst(before)} before, ${worst(after)} with it`;
  return [`The smallest change by the sender that makes it stream is ${change}${shown}.`, own ?? ''];
}

/** What was measured of a hop beside the stream's own lateness, a line each; only what is worth a line. */
export function measuredLines({ measured, name }: Report['hops'][number], several: boolean): string[] {
  if (measured === undefined) return [];
  const { buffer, eventsOfLag, abort, lastEventId, idle, edits } = measured;
  const lines: string[] = [];
  if (buffer !== null) {
    const first = buffer.firstBytes === null ? `more than ${buffer.sentBytes}` : String(buffer.firstBytes);
    const next = buffer.blockBytes === null ? '' : `, then ${buffer.blockBytes} at a time`;
    lines.push(`buffer: lets go after ${first} bytes${next}`);
  }
  if (eventsOfLag !== null) lines.push(`lag: each event waits for ${eventsOfLag} more`);
  if (abort !== null) {
    const shown = (ms: number | null): string => (ms === null ? 'never' : `after ${showMs(ms)}`);
    lines.push(
      `a leaving client: told ${shown(abort.writingMs)} while events come, ${shown(abort.quietMs)} in silence`,
    );
  }
  if (lastEventId !== null) lines.push(`Last-Event-ID: ${lastEventId}`);
  if (idle !== null) {
    const kept = `kept up for ${showMs(idle.watchedMs)}`;
    const shown = (ms: number | null): string => (ms === null ? kept : `cut after ${showMs(ms)}`);
    lines.push(`silence: ${shown(idle.quietCutMs)}; with heartbeats: ${shown(idle.heartbeatCutMs)}`);
    lines.push(`age: ${shown(idle.ageCutMs)}; no head: ${shown(idle.headCutMs)}`);
  }
  for (const [way, found] of Object.entries(edits ?? {})) {
    const parts = Object.entries(found).flatMap(([what, fields]) =>
      fields.length === 0 ? [] : [`${what} ${fields.join(', ')}`],
    );
    if (parts.length > 0) lines.push(`${way} fields: ${parts.join('; ')}`);
  }
  return several ? lines.map((line) => `${name}: ${line}`) : lines;
}
