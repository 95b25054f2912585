import { bisectCenter } from 'd3-array';
import { RELEASE_GAP_MS, type ReportHop } from '../../types.ts';

/** A horizontal scale: milliseconds from the start of the request to pixels. */
export type Scale = (ms: number) => number;

/** Events that came in one moment, after a wait. */
export interface Batch {
  atMs: number;
  events: number;
}

/** A wait shorter than this before several events at once is nothing to point out. */
const WAIT_MS = 100;
const FEW = 3;

/** The event nearest to a moment; null where there is none. */
export function nearestEvent(hop: ReportHop, ms: number): number | null {
  return hop.arrivalsMs.length === 0 ? null : bisectCenter(hop.arrivalsMs, ms);
}

/** How many events came within a socket read's distance of this one. */
export function cameTogether({ arrivalsMs }: ReportHop, index: number): number {
  const at = arrivalsMs[index] ?? 0;
  return arrivalsMs.filter((ms) => Math.abs(ms - at) < RELEASE_GAP_MS).length;
}

/** Events that were let go at once: several in a moment, a wait before it. Empty where events were left out. */
export function batchesOf({ arrivalsMs, events }: ReportHop): Batch[] {
  if (arrivalsMs.length < events.count) return [];
  const batches: (Batch & { waited: boolean })[] = [];
  arrivalsMs.forEach((atMs, i) => {
    const last = batches.at(-1);
    if (last !== undefined && atMs - last.atMs < RELEASE_GAP_MS) last.events += 1;
    else batches.push({ atMs, events: 1, waited: atMs - (arrivalsMs[i - 1] ?? 0) >= WAIT_MS });
  });
  return batches.filter(({ events: together, waited }) => together >= FEW && waited);
}

/** SVG path data of a lane. Lines that would lie on one another are drawn once: thousands of events stay fluid. */
export interface LanePaths {
  /** From when each event was sent, at the top, to when it arrived, at the bottom. */
  links: string;
  sent: string;
  arrived: string;
}

/** Draws what lies between 0 and `width`. */
export function lanePaths(hop: ReportHop, x: Scale, width: number, top: number, bottom: number): LanePaths {
  const links = new Set<string>();
  const sent = new Set<string>();
  const arrived = new Set<string>();
  const shown = (at: number): boolean => at >= -1 && at <= width + 1;
  const tick = Math.round((bottom - top) / 6);
  hop.arrivalsMs.forEach((atMs, i) => {
    const lateMs = hop.latenessMs?.[i] ?? null;
    const at = half(x(atMs));
    const from = lateMs === null ? at : half(x(atMs - Math.max(0, lateMs)));
    if (from > width + 1 || at < -1) return;
    links.add(`M${from} ${top}L${at} ${bottom}`);
    if (shown(at)) arrived.add(`M${at} ${bottom - tick}v${2 * tick}`);
    if (lateMs !== null && shown(from)) sent.add(`M${from} ${top - tick}v${2 * tick}`);
  });
  return { links: [...links].join(''), sent: [...sent].join(''), arrived: [...arrived].join('') };
}

function half(px: number): number {
  return Math.round(px * 2) / 2;
}
