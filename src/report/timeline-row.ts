import { RELEASE_GAP_MS, type ReportHop } from '../types.ts';

/** The characters a timeline is drawn with. */
export interface TimelineMarks {
  event: string;
  /** Events one after another, closer than a column can show. */
  flow: string;
  many: string;
  waiting: string;
  complete: string;
  cut: string;
  open: string;
}

export const ASCII_MARKS: TimelineMarks = {
  event: '|',
  flow: '=',
  many: '#',
  waiting: '.',
  complete: ']',
  cut: 'x',
  open: '>',
};

export const UNICODE_MARKS: TimelineMarks = {
  event: '\u2502',
  flow: '=',
  many: '\u2588',
  waiting: '\u00b7',
  complete: ']',
  cut: '\u2717',
  open: '\u25b8',
};

/** The common time axis of all rows. */
export interface Axis {
  /** Time at the right edge. */
  spanMs: number;
  /** Columns, the last one for the mark of the end. */
  columns: number;
}

/** Steps between the labels of an axis, in any power of ten. */
const STEPS = [1, 2, 5, 10];

/** An axis that fits all hops. */
export function axisFor(hops: readonly ReportHop[], columns: number): Axis {
  return { spanMs: Math.max(1, ...hops.map((hop) => hop.timings.totalMs)), columns };
}

/** Round times for labels: at most `most` of them, from zero on. */
export function ticks(spanMs: number, most: number): number[] {
  const rough = spanMs / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const stepMs = (STEPS.find((step) => step * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(spanMs / stepMs) + 1 }, (_, i) => i * stepMs);
}

/** The labels of the axis, `0 s   2 s   4 s`, as wide as the rows. Labels start at their time. */
export function axisRow(axis: Axis): string {
  const unit = axis.spanMs >= 2_000 ? 's' : 'ms';
  const scale = unit === 's' ? 1_000 : 1;
  let row = '';
  for (const tickMs of ticks(axis.spanMs, Math.max(2, Math.floor(axis.columns / 8)))) {
    const label = `${Number((tickMs / scale).toPrecision(6))} ${unit}`;
    // The last label may have to end at the edge.
    const column = Math.min(columnAt(tickMs, axis), axis.columns - label.length);
    if (row === '' || column > row.length) row = row.padEnd(column) + label;
  }
  return row.padEnd(axis.columns);
}

/** False where no event came and none was awaited: an empty picture of a 404 tells nothing. */
export function worthDrawing(hops: readonly ReportHop[]): boolean {
  return hops.some(({ arrivalsMs, verdict }) => arrivalsMs.length > 0 || verdict === 'no-events');
}

function columnAt(ms: number, { spanMs, columns }: Axis): number {
  return Math.max(0, Math.min(columns - 2, Math.floor((ms / spanMs) * (columns - 1))));
}

/** The events that fall into one column of a row. */
interface Cell {
  column: number;
  events: number;
  /** Several came together, after a wait: what a hop does that holds. */
  batch: boolean;
}

/**
 * One hop on the axis, `axis.columns` wide: a mark for each event; a digit where several came at once after a wait, with
 * dots for that wait; dots, too, for an unusually long wait for the first event. Blanks follow the mark of the end.
 */
export function timelineRow(hop: ReportHop, axis: Axis, marks: TimelineMarks): string {
  const row: string[] = new Array(axis.columns).fill(' ');
  const endColumn = endColumnOf(hop, axis);
  const cells = cellsOf(hop.arrivalsMs, (ms) => Math.min(columnAt(ms, axis), endColumn - 1), endColumn - 1);
  const usualGapMs = hop.events.gapMs?.p50 ?? 0;
  let from = 0;
  cells.forEach(({ column, events, batch }, i) => {
    const longFirst = from === 0 && (hop.arrivalsMs[0] ?? 0) > 2 * usualGapMs;
    if (batch || longFirst) row.fill(marks.waiting, from, column);
    // Beside columns of several events, one event alone is an accident of the scale.
    const flows = events > 1 || [cells[i - 1], cells[i + 1]].some((next) => isFlow(next, column));
    row[column] = batch ? batchMark(events, marks) : flows ? marks.flow : marks.event;
    from = column + 1;
  });
  if (cells.length === 0) row.fill(marks.waiting, 0, endColumn);
  row[endColumn] = endMark(hop, marks);
  return withReason(row, hop, endColumn).join('');
}

/**
 * Events sorted into columns. One whose column is taken by an event before it moves on by one column, where there is
 * room: a steady stream at about one event per column would otherwise seem to pause and to hurry.
 */
function cellsOf(
  arrivalsMs: readonly number[],
  columnOf: (ms: number) => number,
  lastColumn: number,
): Cell[] {
  const cells: Cell[] = [];
  arrivalsMs.forEach((ms, i) => {
    const column = columnOf(ms);
    const last = cells.at(-1);
    const apart = ms - (arrivalsMs[i - 1] ?? Number.NEGATIVE_INFINITY) >= RELEASE_GAP_MS;
    const isTaken = last !== undefined && last.column >= column;
    const canMove = apart && last?.column === column && column < lastColumn;
    if (isTaken && !canMove) last.events += 1;
    else {
      const next = arrivalsMs[i + 1] ?? Number.POSITIVE_INFINITY;
      const afterWait = last === undefined || last.column < column - 1;
      cells.push({
        column: canMove ? column + 1 : column,
        events: 1,
        batch: afterWait && next - ms < RELEASE_GAP_MS,
      });
    }
  });
  return cells;
}

function isFlow(next: Cell | undefined, column: number): boolean {
  return next !== undefined && !next.batch && next.events > 1 && Math.abs(next.column - column) === 1;
}

function batchMark(events: number, marks: TimelineMarks): string {
  return events > 9 ? marks.many : String(Math.max(2, events));
}

function endColumnOf(hop: ReportHop, axis: Axis): number {
  const { columns, spanMs } = axis;
  const own = Math.round((hop.timings.totalMs / spanMs) * (columns - 1));
  const lastEvent = hop.arrivalsMs.length === 0 ? -1 : columnAt(Math.max(...hop.arrivalsMs), axis);
  return Math.max(1, Math.min(columns - 1, Math.max(own, lastEvent + 1)));
}

function endMark(hop: ReportHop, marks: TimelineMarks): string {
  // No head at all: either the probe gave up waiting, or the connection failed.
  if (hop.end === null) return neverAnswered(hop) ? marks.cut : marks.open;
  if (hop.end.reason === 'stopped-by-probe') return marks.open;
  return hop.end.reason === 'truncated' || hop.end.reason === 'reset' ? marks.cut : marks.complete;
}

function neverAnswered({ error }: ReportHop): boolean {
  return error !== undefined && !error.code.startsWith('UNCLOG_');
}

/** `x no answer`: the mark alone would look like a stream that broke off. */
function withReason(row: string[], hop: ReportHop, endColumn: number): string[] {
  if (!neverAnswered(hop)) return row;
  const reason = [...' no answer'];
  if (endColumn + reason.length < row.length) row.splice(endColumn + 1, reason.length, ...reason);
  return row;
}

/** What the marks in these rows mean, as short as they allow. */
export function legend(hops: readonly ReportHop[], rows: readonly string[], marks: TimelineMarks): string {
  const drawn = hops.map((hop, i) => (neverAnswered(hop) ? '' : rows[i])).join('');
  const [digits, many] = [/[2-9]/.test(drawn), drawn.includes(marks.many)];
  const parts = [
    drawn.includes(marks.event) ? `${marks.event} one event` : null,
    drawn.includes(marks.flow) ? `${marks.flow} several, one by one` : null,
    digits ? `2-9${many ? ` ${marks.many}` : ''} at once` : many ? `${marks.many} many at once` : null,
    drawn.includes(marks.waiting) ? `${marks.waiting} waiting` : null,
    drawn.includes(marks.complete) ? `${marks.complete} end` : null,
    drawn.includes(marks.cut) ? `${marks.cut} broken off` : null,
    drawn.includes(marks.open) ? `${marks.open} still open` : null,
  ].filter((part) => part !== null);
  const text = parts.join('   ');
  return text.length <= (rows[0] ?? '').length ? text : parts.join('  ');
}
