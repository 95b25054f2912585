import { max } from 'd3-array';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { useRef, useState } from 'preact/hooks';
import { Axis } from '../shared/axis.tsx';
import { type DrawingSize, useSize } from '../shared/use-size.ts';
import type { Figure, Row, Scenario } from './data.ts';
import { STRINGS, shown, spreadWords } from './strings.ts';

/** Room for a name and a value beside the bars, in letters; where there is less than twice that, they stand above. */
const NAME_EMS = 11;
const VALUE_EMS = 11;
const NARROW_EMS = 40;

/** The figures of one scenario, one at a time. */
export function Charts({ scenario }: { scenario: Scenario }) {
  const preferred = scenario.figures.find(({ first }) => first) ?? scenario.figures[0];
  const [id, setId] = useState(preferred?.id);
  const figure = scenario.figures.find((one) => one.id === id);
  if (figure === undefined) return null;
  return (
    <>
      <p class="choice">
        <label>
          {STRINGS.figure}{' '}
          <select value={id} onChange={(event) => setId(event.currentTarget.value)}>
            {scenario.figures.map(({ id: value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>{' '}
        <span class="note">{STRINGS.better[figure.better]}</span>
      </p>
      <BarChart figure={figure} />
    </>
  );
}

function BarChart({ figure }: { figure: Figure }) {
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  return (
    <div class="chart" ref={place}>
      {size.width > 0 && <Bars figure={figure} size={size} />}
    </div>
  );
}

function Bars({ figure, size }: { figure: Figure; size: DrawingSize }) {
  const { width, em } = size;
  const narrow = width < NARROW_EMS * em;
  const [left, right] = narrow ? [0, em] : [NAME_EMS * em, VALUE_EMS * em];
  const [row, above] = narrow ? [2.9 * em, 1.4 * em] : [1.9 * em, 0.3 * em];
  const most = max(figure.rows, (one) => one.max) ?? 1;
  const x = scaleLinear([0, Math.max(most, Number.MIN_VALUE)], [left, width - right]).nice();
  const height = figure.rows.length * row + 2 * em;
  const ticks = x.ticks(Math.max(2, Math.floor((width - left - right) / (6 * em))));
  const bottom = figure.rows.length * row + 0.3 * em;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={STRINGS.chart(figure)}
    >
      {ticks.map((value) => (
        <line key={value} class="grid" x1={x(value)} x2={x(value)} y1={0} y2={bottom} />
      ))}
      {figure.rows.map((one, i) => (
        <g key={one.name} class={one.kind} transform={`translate(0 ${i * row})`}>
          <Bar row={one} digits={figure.digits} x={x} size={size} top={above} narrow={narrow} />
        </g>
      ))}
      <Axis
        scale={x}
        ticks={ticks}
        label={(value) => shown(value, value % 1 === 0 ? 0 : 2)}
        side="bottom"
        width={width}
        em={em}
        transform={`translate(0 ${bottom})`}
      />
    </svg>
  );
}

interface BarProps {
  row: Row;
  digits: number;
  x: ScaleLinear<number, number>;
  size: DrawingSize;
  top: number;
  narrow: boolean;
}

function Bar({ row, digits, x, size, top, narrow }: BarProps) {
  const { width, em } = size;
  const middle = top + 0.6 * em;
  const text = narrow ? 1.1 * em : middle + 0.35 * em;
  return (
    <>
      <title>{STRINGS.rounds(row, digits)}</title>
      <rect class="bar" x={x(0)} y={top} width={Math.max(1, x(row.median) - x(0))} height={1.2 * em} />
      <line class="reach" x1={x(row.min)} x2={x(row.max)} y1={middle} y2={middle} />
      {row.rounds.map((value, i) =>
        value === null ? null : <circle key={i} cx={x(value)} cy={middle} r={0.2 * em} />,
      )}
      <text
        class="name"
        x={narrow ? 0 : (NAME_EMS - 0.6) * em}
        y={text}
        text-anchor={narrow ? 'start' : 'end'}
      >
        {row.name}
      </text>
      <text class="value" x={width} y={text} text-anchor="end">
        {spreadWords(row, digits)}
      </text>
    </>
  );
}
