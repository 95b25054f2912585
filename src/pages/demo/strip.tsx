import { axisBottom } from 'd3-axis';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { arrivals, eventsOf, type LaneRun, waitingMs } from './model.ts';
import { STRINGS } from './strings.ts';

/** Room for the rows' names at the left, and for half a mark at the right. */
const MARGIN = { left: 5, right: 1.6 };
const AXIS_HEIGHT = 24;

interface Props {
  lane: LaneRun;
  /** Names of what stands between, the nearest to the server first. */
  hops: readonly string[];
  /** What the round takes, in ms. */
  spanMs: number;
  nowMs: number;
  isHolding: boolean;
  label: string;
  hasAxis: boolean;
}

/**
 * A lane as way and time: from left to right time passes, from top to bottom an event goes from the server through
 * what stands between to the browser. What is held stays in the hop's band until it is let go.
 */
export function Strip({ lane, hops, spanMs, nowMs, isHolding, label, hasAxis }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const { width, height, rem } = useSize(frame);
  const left = Math.min(MARGIN.left * rem, width / 3);
  const x = scaleLinear([0, Math.max(spanMs, 1)], [left, Math.max(width - MARGIN.right * rem, left + 1)]);
  const size = Math.max(1, Math.min((x(spanMs) - left) / 34, 0.8 * rem));
  const bottom = height - (hasAxis ? AXIS_HEIGHT : 0) - Math.max(0.7 * rem, 1.8 * size);
  const top = 0.7 * rem;
  const bands = bandsBetween(top, bottom, hops.length, rem);
  const last = bands.at(-1);
  const heldAt = last === undefined ? (top + bottom) / 2 : last.y + last.height / 2;
  const nowX = x(Math.min(nowMs, spanMs));
  return (
    <div class={`strip${hops.length > 1 ? ' two' : ''}${hasAxis ? ' timed' : ''}`} ref={frame}>
      <svg width={width} height={height} role="img" aria-label={label}>
        <g class="rows">
          <line x1={left} x2={width} y1={top} y2={top} />
          <line x1={left} x2={width} y1={bottom} y2={bottom} />
          <text x="0" y={top} dy="0.35em">
            {STRINGS.rows.server}
          </text>
          <text x="0" y={bottom} dy="0.35em">
            {STRINGS.rows.you}
          </text>
        </g>
        {bands.map((band, at) => (
          <g key={hops[at]} class={isHolding && at === bands.length - 1 ? 'band holding' : 'band'}>
            <rect x={left} y={band.y} width={Math.max(0, width - left - 1)} height={band.height} rx="4" />
            <text x="0" y={band.y + band.height / 2} dy="0.35em">
              {hops[at]}
            </text>
          </g>
        ))}
        <line class="now" x1={nowX} x2={nowX} y1={0} y2={bottom + 0.6 * rem} />
        <Events lane={lane} x={x} places={{ top, heldAt, bottom }} size={size} />
        {isHolding && (
          <text class="nothing" x={left + 0.5 * rem} y={bottom} dy="0.35em">
            {STRINGS.nothingFor(STRINGS.seconds(waitingMs(lane, nowMs)))}
          </text>
        )}
        {hasAxis && <Axis x={x} y={height - AXIS_HEIGHT} width={width} />}
      </svg>
    </div>
  );
}

interface EventsProps {
  lane: LaneRun;
  x: ScaleLinear<number, number>;
  places: { top: number; heldAt: number; bottom: number };
  size: number;
}

/** Each event where the server sent it, where it is or came out, and its way between. */
function Events({ lane, x, places: { top, heldAt, bottom }, size }: EventsProps) {
  const events = eventsOf(lane);
  return (
    <>
      <g class="ways">
        {events.map(({ index, sent, arrived, isLate }) => (
          <polyline
            key={index}
            class={arrived === undefined ? 'pending' : isLate ? 'late' : 'ontime'}
            points={`${x(sent)},${top} ${x(sent)},${heldAt}${arrived === undefined ? '' : ` ${x(arrived)},${bottom}`}`}
          />
        ))}
      </g>
      {events.map(({ index, sent, arrived }) => (
        <g key={index}>
          <circle class="sent" cx={x(sent)} cy={top} r={size * 0.35} />
          {arrived === undefined && <Parcel kind="held" x={x(sent)} y={heldAt} size={size} />}
        </g>
      ))}
      {arrivals(lane).map(({ atMs, indices, isLate }) => (
        <g key={indices[0]} class={isLate ? 'arrival late' : 'arrival'}>
          <Parcel
            kind={isLate ? 'late' : 'ontime'}
            x={x(atMs)}
            y={bottom}
            size={isLate ? size * 1.2 : size}
          />
          {isLate && indices.length > 1 && (
            <text x={x(atMs) - size * 2.4} y={bottom} dy="0.35em" text-anchor="end">
              {STRINGS.atOnce(indices.length)}
            </text>
          )}
        </g>
      ))}
    </>
  );
}

/** A box with tape on it; what comes late stands on a corner. */
function Parcel({
  kind,
  x,
  y,
  size,
}: {
  kind: 'held' | 'ontime' | 'late';
  x: number;
  y: number;
  size: number;
}) {
  return (
    <g class={`parcel ${kind}`} transform={`translate(${x},${y})`}>
      <g class="shape">
        <rect
          x={-size}
          y={-size}
          width={2 * size}
          height={2 * size}
          rx={size / 4}
          transform={kind === 'late' ? 'rotate(45)' : undefined}
        />
        <path d={`M0 ${-size}V${-size / 5}`} stroke-width={size / 3} />
      </g>
    </g>
  );
}

function Axis({ x, y, width }: { x: ScaleLinear<number, number>; y: number; width: number }) {
  const place = useRef<SVGGElement>(null);
  const [, spanMs] = x.domain();
  useEffect(() => {
    if (place.current === null) return;
    const axis = axisBottom(x).ticks(Math.max(2, Math.floor(width / 110)));
    select(place.current).call(axis.tickFormat((ms) => `${Number(ms) / 1_000} s`));
  }, [width, spanMs]);
  return <g class="axis" ref={place} transform={`translate(0,${y})`} />;
}

/** The places of what stands between server and browser: in the middle, one below the other. */
function bandsBetween(
  top: number,
  bottom: number,
  count: number,
  rem: number,
): { y: number; height: number }[] {
  const gap = 0.35 * rem;
  const room = bottom - top - 2.2 * rem;
  const height = Math.max(0, Math.min(3 * rem, (room - gap * (count - 1)) / Math.max(1, count)));
  const from = (top + bottom) / 2 - (height * count + gap * (count - 1)) / 2;
  return [...Array(count).keys()].map((at) => ({ y: from + at * (height + gap), height }));
}

/** Of the element, and of a letter in it, in CSS pixels. */
function useSize(frame: { current: HTMLElement | null }): { width: number; height: number; rem: number } {
  const [size, setSize] = useState({ width: 0, height: 0, rem: 16 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setSize({ width: element.clientWidth, height: element.clientHeight, rem });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}
