import { useMemo } from 'preact/hooks';
import { verdictTone, verdictWord } from '../../report/words.ts';
import type { ReportHop } from '../../types.ts';
import type { DrawingSize } from '../shared/use-size.ts';
import { batchesOf, cameTogether, lanePaths, nearestEvent, type Scale } from './marks.ts';
import { eventWords, laneSummary, STRINGS } from './strings.ts';

/** Events that one page key passes over. */
const PAGE_EVENTS = 10;

interface LaneProps {
  hop: ReportHop;
  x: Scale & { invert(px: number): number };
  ticks: readonly number[];
  size: DrawingSize;
  /** The event that is looked at, or null. */
  chosen: number | null;
  onChoose(event: number | null): void;
  /** A key that the lane does not know itself; `at`: where the chosen event stands. */
  onZoomKey(key: string, at: number): boolean;
}

/** One hop on the axis: its events, from sent to arrived, one of which can be looked at. */
export function Lane({ hop, x, ticks, size, chosen, onChoose, onZoomKey }: LaneProps) {
  const events = hop.arrivalsMs.length;
  const words = chosen === null ? null : eventWords(hop, chosen, cameTogether(hop, chosen));
  const choose = (event: number): void => onChoose(Math.max(0, Math.min(events - 1, event)));
  const onPointer = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onChoose(nearestEvent(hop, x.invert(event.clientX - box.left)));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = x(hop.arrivalsMs[chosen ?? 0] ?? 0);
    const to = steppedTo(event.key, chosen, events);
    if (to !== null) choose(to);
    else if (!onZoomKey(event.key, at)) return;
    event.preventDefault();
  };
  const drawing = <LaneDrawing hop={hop} x={x} ticks={ticks} size={size} chosen={chosen} />;
  return (
    <div class={`row ${verdictTone(hop.verdict)}`}>
      <p class="row-name">
        <bdi>{hop.name}</bdi> <span class="verdict">{verdictWord(hop.verdict)}</span>
      </p>
      <p class="row-told">{words ?? laneSummary(hop)}</p>
      {events === 0 ? (
        <div class="lane" role="img" aria-label={`${STRINGS.lane(hop)}: ${laneSummary(hop)}`}>
          {drawing}
        </div>
      ) : (
        <div
          class="lane"
          role="slider"
          tabIndex={0}
          aria-label={STRINGS.lane(hop)}
          aria-valuemin={1}
          aria-valuemax={events}
          aria-valuenow={(chosen ?? 0) + 1}
          aria-valuetext={words ?? laneSummary(hop)}
          aria-describedby="timeline-help"
          onPointerMove={onPointer}
          onPointerDown={onPointer}
          onPointerLeave={(event) => event.pointerType === 'mouse' && onChoose(null)}
          onFocus={() => chosen === null && choose(0)}
          onKeyDown={onKey}
        >
          {drawing}
        </div>
      )}
    </div>
  );
}

/** Where a key leads from the chosen event; null for keys that lead nowhere. */
function steppedTo(key: string, chosen: number | null, events: number): number | null {
  const steps: Record<string, number> = {
    ArrowRight: (chosen ?? -1) + 1,
    ArrowUp: (chosen ?? -1) + 1,
    ArrowLeft: (chosen ?? 1) - 1,
    ArrowDown: (chosen ?? 1) - 1,
    PageDown: (chosen ?? 0) + PAGE_EVENTS,
    PageUp: (chosen ?? 0) - PAGE_EVENTS,
    Home: 0,
    End: events - 1,
  };
  return steps[key] ?? null;
}

function LaneDrawing({ hop, x, ticks, size, chosen }: Omit<LaneProps, 'onChoose' | 'onZoomKey'>) {
  const { width, em } = size;
  const [top, bottom, height] = [0.6 * em, 3.4 * em, 4 * em];
  const paths = useMemo(() => lanePaths(hop, x, width, top, bottom), [hop, x, width, top, bottom]);
  const headPx = x(hop.timings.responseHeadMs ?? hop.timings.totalMs);
  const endPx = x(hop.timings.totalMs);
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {ticks.map((ms) => (
        <line key={ms} class="grid" x1={x(ms)} x2={x(ms)} y1={0} y2={height} />
      ))}
      <line class="waiting" x1={x(0)} x2={headPx} y1={bottom} y2={bottom} />
      <line class="open" x1={headPx} x2={endPx} y1={bottom} y2={bottom} />
      {hop.latenessMs && <line class="source" x1={x(0)} x2={endPx} y1={top} y2={top} />}
      <path class="links" d={paths.links} />
      <path class="sent" d={paths.sent} />
      <path class="arrived" d={paths.arrived} />
      <EndMark hop={hop} at={endPx} y={bottom} arm={0.4 * em} />
      <BatchLabels hop={hop} x={x} size={size} y={1.9 * em} />
      {chosen !== null && <Chosen hop={hop} x={x} event={chosen} top={top} bottom={bottom} />}
    </svg>
  );
}

/** A bar for an answer that ended, a cross for one that broke off, nothing while it is open. */
function EndMark({ hop, at, y, arm }: { hop: ReportHop; at: number; y: number; arm: number }) {
  const reason = hop.end?.reason ?? (hop.error?.code.startsWith('UNCLOG_') ? 'stopped-by-probe' : 'reset');
  if (reason === 'stopped-by-probe') return null;
  const ended = reason === 'complete' || reason === 'closed';
  const path = ended
    ? `M${at} ${y - 1.5 * arm}v${3 * arm}`
    : `M${at - arm} ${y - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`;
  return <path class="end" d={path} />;
}

/** `20 at once`, wherever there is room for it. */
function BatchLabels({ hop, x, size, y }: Pick<LaneProps, 'hop' | 'x' | 'size'> & { y: number }) {
  const batches = useMemo(() => batchesOf(hop), [hop]);
  let free = 0;
  return (
    <>
      {batches.map(({ atMs, events }) => {
        const text = STRINGS.atOnce(events);
        const [at, room] = [x(atMs), text.length * 0.62 * size.em];
        const left = at - room - 4 >= free ? at - room - 4 : at + 4;
        if (at < 0 || at > size.width || left < free || left + room > size.width) return null;
        free = left + room;
        return (
          <text key={atMs} class="batch" x={left} y={y}>
            {text}
          </text>
        );
      })}
    </>
  );
}

function Chosen({
  hop,
  x,
  event,
  top,
  bottom,
}: Pick<LaneProps, 'hop' | 'x'> & { event: number; top: number; bottom: number }) {
  const at = hop.arrivalsMs[event] ?? 0;
  const from = x(at - Math.max(0, hop.latenessMs?.[event] ?? 0));
  return (
    <g class="chosen">
      <path d={`M${from} ${top}L${x(at)} ${bottom}`} />
      <circle cx={x(at)} cy={bottom} r={(bottom - top) / 8} />
    </g>
  );
}
