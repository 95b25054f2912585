import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ReportHop } from '../../types.ts';
import { Axis } from '../shared/axis.tsx';
import { type DrawingSize, useSize } from '../shared/use-size.ts';
import { Lane } from './lane.tsx';
import { STRINGS } from './strings.ts';
import { useZoom, type Zoom } from './use-zoom.ts';

/** Room for one label of the axis, in letters. */
const TICK_EMS = 6;

/** A sheet of paper, in CSS pixels, and the letters on it. */
const PAPER: DrawingSize = { width: 680, em: 12 };

type TimeScale = ScaleLinear<number, number>;

/**
 * All hops on one axis of time, which can be zoomed; each lane tells exact numbers.
 * @param onPaper drawn for a printer: the whole time, as wide as a page
 */
export function Timeline({ hops, onPaper = false }: { hops: readonly ReportHop[]; onPaper?: boolean }) {
  const lanes = useRef<HTMLDivElement>(null);
  const screen = useSize(lanes);
  const size = onPaper ? PAPER : screen;
  const [chosen, setChosen] = useState<{ hop: number; event: number } | null>(null);
  const spanMs = useMemo(() => Math.max(1, ...hops.map(({ timings }) => timings.totalMs)), [hops]);
  const zoom = useZoom(lanes, screen.width, spanMs);
  const whole = useMemo(() => scaleLinear([0, spanMs], [0, size.width - 1]), [spanMs, size.width]);
  const x = useMemo(
    () => (onPaper ? whole : zoom.transform.rescaleX(whole)),
    [whole, zoom.transform, onPaper],
  );
  const ticks = x.ticks(Math.max(2, Math.floor(size.width / (TICK_EMS * size.em))));
  const drawn = hops.some(({ arrivalsMs }) => arrivalsMs.length > 0);
  const stamped = hops.some(({ latenessMs }) => latenessMs !== undefined);

  const choose = (hop: number, event: number | null): void => {
    setChosen(event === null ? null : { hop, event });
  };
  useEffect(() => {
    const at = chosen === null ? undefined : hops[chosen.hop]?.arrivalsMs[chosen.event];
    if (at !== undefined) zoom.show(whole(at));
  }, [chosen]);
  const onZoomKey = (key: string, at: number): boolean => {
    const middle = Math.max(0, Math.min(size.width, at));
    if (key === '+' || key === '=') zoom.closer(middle);
    else if (key === '-' || key === '_') zoom.farther(middle);
    else if (key === '0') zoom.all();
    else return false;
    return true;
  };
  return (
    <>
      {drawn && (
        <>
          <ZoomButtons zoom={zoom} />
          <p class="legend">{stamped ? STRINGS.legendSlanted : STRINGS.legendUpright}</p>
        </>
      )}
      <div class={`lanes${zoom.transform.k > 1 ? ' zoomed' : ''}`} ref={lanes}>
        <TimeAxis x={x} ticks={ticks} size={size} />
        {size.width > 0 &&
          hops.map((hop, i) => (
            <Lane
              key={i}
              hop={hop}
              x={x}
              ticks={ticks}
              size={size}
              chosen={!onPaper && chosen?.hop === i ? chosen.event : null}
              onChoose={(event) => choose(i, event)}
              onZoomKey={onZoomKey}
            />
          ))}
      </div>
      {drawn && (
        <p class="help" id="timeline-help">
          {STRINGS.help}
        </p>
      )}
    </>
  );
}

function ZoomButtons({ zoom }: { zoom: Zoom }) {
  const isWhole = zoom.transform.k <= 1;
  return (
    <fieldset class="zoom" aria-label={STRINGS.zoom}>
      <button type="button" onClick={() => zoom.closer()} aria-label={STRINGS.zoomIn}>
        +
      </button>
      <button type="button" onClick={() => zoom.farther()} aria-label={STRINGS.zoomOut} disabled={isWhole}>
        {'\u2212'}
      </button>
      <button type="button" onClick={() => zoom.all()} disabled={isWhole}>
        {STRINGS.zoomAll}
      </button>
    </fieldset>
  );
}

function TimeAxis({ x, ticks, size }: { x: TimeScale; ticks: readonly number[]; size: DrawingSize }) {
  const { width, em } = size;
  const [from = 0, to = 0] = x.domain();
  const inSeconds = to - from >= 2_000;
  return (
    <svg width={width} height={1.8 * em} viewBox={`0 0 ${width} ${1.8 * em}`} aria-hidden="true">
      <Axis
        scale={x}
        ticks={ticks}
        label={inSeconds ? STRINGS.seconds : STRINGS.milliseconds}
        side="top"
        width={width}
        em={em}
        transform={`translate(0 ${1.7 * em})`}
      />
    </svg>
  );
}
