import { axisBottom } from 'd3-axis';
import type { ScaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { strings } from '../strings.ts';

interface Props {
  scale: ScaleLinear<number, number>;
  y: number;
  /** Room for one label, in CSS pixels. */
  labelPx: number;
}

/** Seconds below a lane. */
export function TimeAxis({ scale, y, labelPx }: Props) {
  const ref = useRef<SVGGElement>(null);
  const [from = 0, to = 0] = scale.domain();
  const [left = 0, right = 0] = scale.range();
  useLayoutEffect(() => {
    const ticks = Math.max(2, Math.floor((right - left) / labelPx));
    const axis = axisBottom<number>(scale)
      .ticks(ticks)
      .tickFormat((ms) => strings.axisSeconds(ms / 1000))
      .tickSizeOuter(0);
    if (ref.current !== null) select(ref.current).call(axis as never);
    // The scale is made anew for each drawing; its ends say whether the axis differs.
  }, [from, to, left, right, labelPx]);
  return <g ref={ref} class="axis" transform={`translate(0 ${y})`} />;
}
