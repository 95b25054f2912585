import { scaleLinear } from 'd3-scale';
import { strings } from '../strings.ts';
import { findBursts, isLate, longestHold, silentForMs } from './lane-geometry.ts';
import { TimeAxis } from './time-axis.tsx';
import { useSize } from './use-size.ts';
import type { LaneView, Mark } from './view.ts';

const SENT_Y = 26;
const ARRIVED_Y = 92;
const NARROW = 480;
const RIGHT_MARGIN = 16;
/** Half the width of the words in a lane, about. */
const HALF_WORD = 90;

interface Drawing {
  lane: LaneView;
  x: (ms: number) => number;
  left: number;
  right: number;
  axisY: number;
  narrow: boolean;
}

/** One stream: a circle where each event was sent, a diamond where it arrived, a line between them as long as its hold. */
export function LaneChart({ lane }: { lane: LaneView }) {
  const [ref, { width, scale: zoom }] = useSize<HTMLDivElement>();
  const narrow = width < NARROW;
  const left = narrow ? 10 : 84;
  const right = Math.max(left + 1, width - RIGHT_MARGIN);
  const scale = scaleLinear().domain([0, lane.endMs]).range([left, right]);
  const drawing: Drawing = { lane, x: (ms) => scale(ms), left, right, axisY: narrow ? 128 : 118, narrow };
  const height = drawing.axisY + 26;
  const radius = narrow ? 3.5 : 5;
  return (
    <section class="lane" data-lane={lane.id} data-state={lane.state} aria-labelledby={`lane-${lane.id}`}>
      <h3 id={`lane-${lane.id}`}>
        {lane.title} <span class="note">{lane.note}</span>
      </h3>
      <div ref={ref} class="plot">
        {width > 0 && (
          <svg
            width={width * zoom}
            height={height * zoom}
            viewBox={`0 0 ${width} ${height}`}
            role="img"
            aria-label={strings.laneSummary(summary(lane))}
          >
            <Rails {...drawing} />
            {lateLast(lane.marks).map((mark, index) => (
              <EventMark key={index} mark={mark} x={drawing.x} radius={radius} />
            ))}
            {lane.missingMs.map((ms) => (
              <circle key={ms} class="sent missing" cx={scale(ms)} cy={SENT_Y} r={radius} />
            ))}
            <Words {...drawing} />
            <TimeAxis scale={scale} y={drawing.axisY} labelPx={narrow ? 70 : 90} />
          </svg>
        )}
      </div>
      {lane.error !== null && <p class="error">{lane.error}</p>}
    </section>
  );
}

/** What is late is drawn over what is not. */
function lateLast(marks: readonly Mark[]): Mark[] {
  return [...marks.filter((mark) => !isLate(mark)), ...marks.filter(isLate)];
}

function Rails({ lane, x, left, right, axisY, narrow }: Drawing) {
  const openX = x(lane.openedMs ?? lane.untilMs);
  const nowX = x(lane.untilMs);
  const running = lane.state === 'running' || lane.state === 'reconnecting';
  return (
    <g>
      <text class="rail-name" x={narrow ? left : 0} y={narrow ? SENT_Y - 12 : SENT_Y + 5}>
        {strings.railSent}
      </text>
      <text class="rail-name" x={narrow ? left : 0} y={narrow ? ARRIVED_Y + 24 : ARRIVED_Y + 5}>
        {strings.railArrived}
      </text>
      <line class="rail" x1={left} x2={right} y1={SENT_Y} y2={SENT_Y} />
      <line class="rail" x1={left} x2={right} y1={ARRIVED_Y} y2={ARRIVED_Y} />
      {lane.state !== 'waiting' && (
        <rect class="opening" x={left} y={ARRIVED_Y - 4} width={Math.max(0, openX - left)} height={8} />
      )}
      {lane.openedMs !== null && (
        <line class="open-tick" x1={openX} x2={openX} y1={ARRIVED_Y - 11} y2={ARRIVED_Y + 11} />
      )}
      {running && <line class="now" x1={nowX} x2={nowX} y1={SENT_Y - 12} y2={axisY} />}
    </g>
  );
}

function EventMark({ mark, x, radius }: { mark: Mark; x: Drawing['x']; radius: number }) {
  const arrivedX = x(mark.arrivedMs);
  const r = radius + 2;
  return (
    <g class={isLate(mark) ? 'event late' : 'event'}>
      <line class="hold" x1={x(mark.sentMs)} x2={arrivedX} y1={SENT_Y + radius} y2={ARRIVED_Y - r + 1} />
      <circle class="sent" cx={x(mark.sentMs)} cy={SENT_Y} r={radius} />
      <path class="arrived" d={`M${arrivedX} ${ARRIVED_Y - r}l${r} ${r}l-${r} ${r}l-${r} -${r}z`} />
    </g>
  );
}

/** What a reader should not have to find out: how long nothing has come, or how many came at once. */
function Words({ lane, x, left, right }: Drawing) {
  const middle = (left + right) / 2;
  const word = stateWord(lane);
  if (word !== null) {
    // In what is over, and not across the line that moves.
    const elapsed = lane.state === 'running' ? (left + x(lane.untilMs)) / 2 : middle;
    return (
      <text class="big-word" x={Math.max(left + HALF_WORD, elapsed)} y={ARRIVED_Y - 26} text-anchor="middle">
        {word}
      </text>
    );
  }
  const burst = findBursts(lane.marks).sort((a, b) => b.count - a.count)[0];
  if (burst === undefined) return null;
  const atEnd = x(burst.atMs) > middle;
  return (
    <text
      class="big-word"
      x={x(burst.atMs) + (atEnd ? -14 : 14)}
      y={ARRIVED_Y + 21}
      text-anchor={atEnd ? 'end' : 'start'}
    >
      {strings.laneAtOnce(burst.count)}
    </text>
  );
}

function stateWord(lane: LaneView): string | null {
  if (lane.state === 'waiting') return strings.laneWaiting;
  if (lane.state === 'reconnecting') return strings.laneReconnecting;
  if (lane.state === 'failed') return lane.marks.length === 0 ? strings.laneFailed : strings.laneBroken;
  if (lane.quietLeftMs !== null) return strings.laneQuiet(lane.quietLeftMs);
  const silentMs = silentForMs(lane);
  return silentMs === null ? null : strings.laneSilent(silentMs);
}

function summary(lane: LaneView) {
  return {
    title: lane.title,
    arrived: lane.marks.length,
    sent: lane.marks.length + lane.missingMs.length,
    openedMs: lane.openedMs,
    firstMs: lane.marks[0]?.arrivedMs ?? null,
    longestHoldMs: longestHold(lane.marks),
    atOnce: findBursts(lane.marks)[0]?.count ?? 0,
  };
}
