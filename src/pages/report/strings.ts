import { count, showMs } from '../../knowledge/phrases.ts';
import { verdictWord } from '../../report/words.ts';
import type { EndReason, ReportHop } from '../../types.ts';

const TENTHS = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const exact = (ms: number): string => TENTHS.format(ms);

const ENDS: Readonly<Record<EndReason, string>> = {
  complete: 'ended',
  closed: 'ended',
  truncated: 'broke off',
  reset: 'broke off',
  'stopped-by-probe': 'still open',
};

/** All that the script of the report says; what stands in the page without it is in src/report/html*.ts. */
export const STRINGS = {
  zoom: 'Zoom',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomAll: 'Show all',
  help: 'Point at a lane for exact numbers, or focus it and press \u2190 \u2192 (Home, End). + and \u2212 zoom, 0 shows all; so do the buttons, pinching, and the wheel with Ctrl. Drag to move.',
  legendSlanted:
    'Each line is an event, from when it was sent (above) to when it arrived (below): upright is in time, slanted is late.',
  legendUpright: 'Each line is an event at the moment it arrived. When these events were sent is not known.',
  download: 'Download JSON',
  copyJson: 'Copy JSON',
  print: 'Print',
  tools: 'This report',
  lane: (hop: ReportHop): string => `Events of ${hop.name}, ${verdictWord(hop.verdict)}`,
  seconds: (ms: number): string => `${Number((ms / 1_000).toFixed(3))} s`,
  milliseconds: (ms: number): string => `${Number(ms.toFixed(2)).toLocaleString('en')} ms`,
  atOnce: (events: number): string => `${events} at once`,
  nothingCame: 'no event came',
  thinned: (shown: number, all: number): string =>
    `${shown.toLocaleString('en')} of ${all.toLocaleString('en')} events drawn`,
  fileName: (startedAt: string): string => `unclog-report-${startedAt.slice(0, 19).replace(/\D/g, '-')}.json`,
} as const;

/** What became of a hop's stream, in one line. */
export function laneSummary({ timings, events, end, error, arrivalsMs }: ReportHop): string {
  const parts = [
    timings.responseHeadMs === null ? null : `head after ${showMs(timings.responseHeadMs)}`,
    timings.firstEventMs === null ? null : `first event after ${showMs(timings.firstEventMs)}`,
    events.count === 0 ? STRINGS.nothingCame : count(events.count, 'event'),
    arrivalsMs.length < events.count ? STRINGS.thinned(arrivalsMs.length, events.count) : null,
    error === undefined ? null : error.message,
    end === null ? null : `${ENDS[end.reason]} after ${showMs(end.afterMs)}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** One event in exact numbers. `together`: how many came at the same moment. */
export function eventWords(hop: ReportHop, index: number, together: number): string {
  const at = hop.arrivalsMs[index] ?? 0;
  const late = hop.latenessMs?.[index] ?? null;
  const before = index === 0 ? null : at - (hop.arrivalsMs[index - 1] ?? 0);
  const thinned = hop.arrivalsMs.length < hop.events.count;
  const parts = [
    `${thinned ? 'drawn event' : 'event'} ${index + 1} of ${hop.arrivalsMs.length}: arrived at ${exact(at)} ms`,
    late === null ? null : `sent at ${exact(at - late)} ms`,
    late === null ? null : `${exact(Math.max(0, late))} ms late`,
    before === null || thinned ? null : `${exact(before)} ms after the one before`,
    together < 2 ? null : `one of ${together} that came at once`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
