import { axisBottom } from 'd3-axis';
import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { symbol, symbolCircle, symbolDiamond, symbolSquare } from 'd3-shape';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { arrivals, type LaneRun, sentAtMs, sentCount } from './model.ts';
import { STRINGS } from './strings.ts';

const SQUARE = symbol(symbolSquare, 110)() ?? '';
const CIRCLE = symbol(symbolCircle, 130)() ?? '';
const DIAMOND = symbol(symbolDiamond, 260)() ?? '';
const TICK = symbol(symbolCircle, 28)() ?? '';

/** Room for the rows' names at the left, and for a count at the right. */
const MARGIN = { left: 62, right: 26 };
const AXIS_HEIGHT = 24;

interface Props {
  lane: LaneRun;
  /** Names of what stands between, the nearest to the server first. */
  hops: readonly string[];
  /** What the round takes, in ms. */
  spanMs: number;
  nowMs: number;
  isHolding: boolean;
  isLive: boolean;
  label: string;
  height: number;
  hasAxis: boolean;
}

/**
 * A lane as way and time: from left to right time passes, from top to bottom an event goes from the server through
 * what stands between to the browser. What is held stays in the hop's band until it is let go.
 */
export function Strip(props: Props) {
  const { lane, hops, spanMs, nowMs, height, hasAxis } = props;
  const frame = useRef<HTMLDivElement>(null);
  const axis = useRef<SVGGElement>(null);
  const width = useWidth(frame);
  const x = scaleLinear(
    [0, Math.max(spanMs, 1)],
    [MARGIN.left, Math.max(width - MARGIN.right, MARGIN.left + 1)],
  );
  const top = 14;
  const bottom = height - (hasAxis ? AXIS_HEIGHT : 0) - 16;
  const bands = bandsBetween(top, bottom, hops.length);
  const last = bands.at(-1);
  const heldAt = last === undefined ? (top + bottom) / 2 : last.y + last.height / 2;

  useEffect(() => {
    if (!hasAxis || axis.current === null) return;
    const ticks = Math.max(2, Math.floor(width / 110));
    select(axis.current).call(
      axisBottom(x)
        .ticks(ticks)
        .tickFormat((ms) => `${Number(ms) / 1_000} s`),
    );
  }, [hasAxis, width, spanMs]);

  const events = [...Array(sentCount(lane)).keys()].flatMap((index) => {
    const sent = sentAtMs(lane, index);
    return sent === undefined ? [] : [{ index, sent, arrived: lane.arrivedMs[index] }];
  });
  return (
    <div class="strip" ref={frame}>
      <svg width={width} height={height} role="img" aria-label={props.label}>
        <g class="rows">
          <line x1={MARGIN.left} x2={width} y1={top} y2={top} />
          <line x1={MARGIN.left} x2={width} y1={bottom} y2={bottom} />
          <text x="0" y={top} dy="0.35em">
            {STRINGS.rows.sent}
          </text>
          <text x="0" y={bottom} dy="0.35em">
            {STRINGS.rows.arrived}
          </text>
        </g>
        {bands.map((band, at) => (
          <g key={hops[at]} class={props.isHolding && at === bands.length - 1 ? 'band holding' : 'band'}>
            <rect
              x={MARGIN.left - 8}
              y={band.y}
              width={Math.max(0, width - MARGIN.left + 8)}
              height={band.height}
              rx="4"
            />
            <text x="0" y={band.y + band.height / 2} dy="0.35em">
              {hops[at]}
            </text>
          </g>
        ))}
        <line
          class="now"
          x1={x(Math.min(nowMs, spanMs))}
          x2={x(Math.min(nowMs, spanMs))}
          y1={0}
          y2={bottom + 10}
        />
        <g class="ways">
          {events.map(({ index, sent, arrived }) =>
            arrived === undefined ? (
              <line key={index} class="pending" x1={x(sent)} x2={x(sent)} y1={top} y2={heldAt} />
            ) : (
              <polyline
                key={index}
                class={arrived - sent > 250 ? 'late' : 'ontime'}
                points={`${x(sent)},${top} ${x(sent)},${heldAt} ${x(arrived)},${bottom}`}
              />
            ),
          )}
        </g>
        {events.map(({ index, sent, arrived }) => (
          <g key={index}>
            <path class="sent" d={TICK} transform={`translate(${x(sent)},${top})`} />
            {arrived === undefined && (
              <path class="parcel" d={SQUARE} transform={`translate(${x(sent)},${heldAt})`} />
            )}
          </g>
        ))}
        {arrivals(lane).map(({ atMs, indices, isLate }) => (
          <g
            key={indices[0]}
            class={isLate ? 'arrival late' : 'arrival'}
            transform={`translate(${x(atMs)},${bottom})`}
          >
            <path d={isLate ? DIAMOND : CIRCLE} />
            {indices.length > 1 && (
              <text x={-16} dy="-0.5em" text-anchor="end">
                {STRINGS.atOnce(indices.length)}
              </text>
            )}
          </g>
        ))}
        {hasAxis && <g class="axis" ref={axis} transform={`translate(0,${height - AXIS_HEIGHT})`} />}
      </svg>
    </div>
  );
}

/** The places of what stands between server and browser: in the middle, side by side. */
function bandsBetween(top: number, bottom: number, count: number): { y: number; height: number }[] {
  const room = bottom - top - 40;
  const gap = 8;
  const height = Math.min(34, (room - gap * (count - 1)) / Math.max(1, count));
  const all = height * count + gap * (count - 1);
  const from = (top + bottom) / 2 - all / 2;
  return [...Array(count).keys()].map((at) => ({ y: from + at * (height + gap), height }));
}

function useWidth(frame: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
