import type { ReportHop } from '../types.ts';
import { escapeXml } from './escape-xml.ts';
import { cutMiddle, printable } from './printable.ts';
import { axisFor, ticks } from './timeline-row.ts';
import { verdictTone, verdictWord } from './words.ts';

const WIDTH_PX = 960;
const LEFT_PX = 150;
const RIGHT_PX = 24;
const ROW_PX = 44;
const TOP_PX = 30;

/** All hops on one time axis as an inline SVG, for readers without scripts: a tick for each event, a bar while the answer is open. */
export function timelineSvg(hops: readonly ReportHop[]): string {
  const height = TOP_PX + hops.length * ROW_PX + 8;
  const { spanMs } = axisFor(hops, WIDTH_PX);
  const x = (ms: number): number =>
    Math.round((LEFT_PX + (ms / spanMs) * (WIDTH_PX - LEFT_PX - RIGHT_PX)) * 10) / 10;
  const grid = ticks(spanMs, 8).map((ms) => {
    const label =
      spanMs >= 2_000 ? `${Number((ms / 1_000).toPrecision(6))} s` : `${Number(ms.toPrecision(6))} ms`;
    return `<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="${TOP_PX - 6}" y2="${height}"/><text class="tick" x="${x(ms)}" y="16">${label}</text>`;
  });
  const rows = hops.map((hop, i) => row(hop, TOP_PX + i * ROW_PX, x));
  return `<svg class="still" role="img" aria-label="Arrival of each event, one row per hop" viewBox="0 0 ${WIDTH_PX} ${height}">${grid.join('')}${rows.join('')}</svg>`;
}

function row(hop: ReportHop, top: number, x: (ms: number) => number): string {
  const middle = top + ROW_PX / 2;
  const width = Math.max(1, x(hop.timings.totalMs) - x(0));
  const name = escapeXml(cutMiddle(printable(hop.name, true), 18, '\u2026'));
  const title = `${hop.name}: ${verdictWord(hop.verdict)}, ${hop.events.count} events`;
  // Events in the same tenth of a pixel look the same: one line is enough.
  const columns = [...new Set(hop.arrivalsMs.map(x))];
  const path = columns.map((at) => `M${at} ${top + 8}V${top + ROW_PX - 8}`).join('');
  return [
    `<g class="${verdictTone(hop.verdict)}"><title>${escapeXml(title)}</title>`,
    `<text class="name" x="8" y="${middle}">${name}</text>`,
    `<rect class="open" x="${x(0)}" y="${middle - 3}" width="${width}" height="6" rx="3"/>`,
    path === '' ? '' : `<path class="event" d="${path}"/>`,
    endMark(hop, x(hop.timings.totalMs), middle),
    '</g>',
  ].join('');
}

/** A bar for an answer that ended, a cross for one that broke off, nothing while it is open. */
function endMark(hop: ReportHop, at: number, middle: number): string {
  const reason = hop.end?.reason ?? (hop.error?.code.startsWith('UNCLOG_') ? 'stopped-by-probe' : 'reset');
  if (reason === 'stopped-by-probe') return '';
  if (reason === 'complete' || reason === 'closed') return `<path class="end" d="M${at} ${middle - 9}v18"/>`;
  return `<path class="end" d="M${at - 6} ${middle - 6}l12 12m0 -12l-12 12"/>`;
}
