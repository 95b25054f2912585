import { strings } from '../strings.ts';
import { LaneChart } from './lane-chart.tsx';
import type { LaneView } from './view.ts';

/** All streams, one below the other, with a legend before. */
export function Lanes({ lanes }: { lanes: readonly LaneView[] }) {
  return (
    <section class="lanes" aria-labelledby="lanes">
      <h2 id="lanes">{strings.lanesTitle}</h2>
      <Legend />
      {lanes.map((lane) => (
        <LaneChart key={lane.id} lane={lane} />
      ))}
    </section>
  );
}

function Legend() {
  return (
    <ul class="legend">
      <li>
        <svg viewBox="0 0 28 20" aria-hidden="true">
          <circle class="sent" cx="14" cy="10" r="5.5" />
        </svg>
        {strings.legendSent}
      </li>
      <li>
        <svg viewBox="0 0 28 20" aria-hidden="true">
          <path class="arrived" d="M14 2l8 8l-8 8l-8 -8z" />
        </svg>
        {strings.legendArrived}
      </li>
      <li>
        <svg viewBox="0 0 28 20" aria-hidden="true">
          <line class="hold" x1="14" x2="14" y1="1" y2="19" />
        </svg>
        {strings.legendOnTime}
      </li>
      <li class="late">
        <svg viewBox="0 0 28 20" aria-hidden="true">
          <line class="hold" x1="2" x2="26" y1="2" y2="18" />
        </svg>
        {strings.legendLate}
      </li>
    </ul>
  );
}
