import { type AxisDomain, axisBottom, axisTop } from 'd3-axis';
import type { ScaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface AxisProps {
  scale: ScaleLinear<number, number>;
  ticks: readonly number[];
  label(value: number): string;
  side: 'top' | 'bottom';
  /** Where the axis ends, in pixels: a label there must not be cut off in the middle. */
  width: number;
  /** The size of a letter, in pixels. */
  em: number;
  transform: string;
}

/** An axis inside an SVG; its labels are as large as the page's letters. */
export function Axis({ scale, ticks, label, side, width, em, transform }: AxisProps) {
  const place = useRef<SVGGElement>(null);
  useLayoutEffect(() => {
    if (place.current === null) return;
    const draw = side === 'top' ? axisTop : axisBottom;
    const axis = draw<AxisDomain>(scale as never)
      .tickValues([...ticks])
      .tickSizeOuter(0)
      .tickFormat((value) => label(Number(value)));
    const group = select(place.current);
    group.call(axis).attr('font-size', null).attr('font-family', null);
    group.selectAll<SVGTextElement, number>('.tick text').attr('text-anchor', (value) => {
      const at = scale(value);
      return at < em ? 'start' : at > width - 2 * em ? 'end' : 'middle';
    });
  });
  return <g class="axis" ref={place} transform={transform} />;
}
