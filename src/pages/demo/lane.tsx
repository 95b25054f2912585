import type { LaneState, StageState } from '../../demo/live-protocol.ts';
import { RunningNow } from './config.tsx';
import {
  arrivedCount,
  type LaneRun,
  type LaneStatus,
  type RoundRun,
  sentCount,
  statusOf,
  worstHoldMs,
} from './model.ts';
import { STRINGS } from './strings.ts';
import { Strip } from './strip.tsx';

interface Props {
  number: number;
  lane: LaneState;
  run: LaneRun;
  round: RoundRun;
  stage: StageState;
  nowMs: number;
  isNarrow: boolean;
  hasAxis: boolean;
}

export function titleOf({ id, hops }: LaneState): string {
  const hasGateway = hops.some(({ of }) => of === 'gateway');
  return id === 'gateway' && !hasGateway ? STRINGS.withoutGateway : STRINGS.lanes[id];
}

/** One lane: what it is, what is on its way, what the reader has got, and what runs there. */
export function Lane({ number, lane, run, round, stage, nowMs, isNarrow, hasAxis }: Props) {
  const status = statusOf(run, nowMs);
  const title = titleOf(lane);
  const isSimulated = stage.hop.kind === 'simulated';
  const hops = lane.hops.map(({ of }) =>
    of === 'nginx' && isSimulated ? STRINGS.rows.simulated : STRINGS.rows[of === 'gateway' ? of : 'nginx'],
  );
  const worst = worstHoldMs(run);
  const label = STRINGS.stripLabel(
    title,
    sentCount(run),
    arrivedCount(run),
    status === 'late' || status === 'partly' ? `, ${STRINGS.lateBy(STRINGS.seconds(worst))}` : '',
  );
  return (
    <article class="lane" data-lane={lane.id} data-status={status} aria-label={title}>
      <header>
        <h2>
          <span class="number" aria-hidden="true">
            {number}
          </span>{' '}
          {title}
        </h2>
        <p class="status">
          <span aria-hidden="true">{STRINGS.signs[status]}</span> {STRINGS.states[status]}
        </p>
      </header>
      <Strip
        lane={run}
        hops={hops}
        spanMs={round.intervalMs * (round.events + 1.2)}
        nowMs={nowMs}
        isHolding={status === 'holding'}
        label={label}
        hasAxis={hasAxis && !isNarrow}
      />
      <Screen run={run} status={status} worstMs={worst} />
      <RunningNow
        title={title}
        head={run.head}
        hops={lane.hops}
        isSimulated={isSimulated}
        isFolded={isNarrow}
      />
    </article>
  );
}

/** What the person who waits for the parcel sees. */
function Screen(props: { run: LaneRun; status: LaneStatus; worstMs: number }) {
  const { run, status, worstMs } = props;
  const { latest } = run;
  const sent = sentCount(run);
  const arrived = arrivedCount(run);
  const isLate = status === 'late' || status === 'partly';
  return (
    <div class="screen">
      <p class="count" aria-hidden="true">
        <strong>{arrived}</strong> {STRINGS.ofSent(sent)}
      </p>
      <p class="unseen">{STRINGS.counts(sent, arrived)}</p>
      <p class="news">{latest === null ? STRINGS.nothingYet : latest.place}</p>
      <p class="more">
        {latest !== null && (
          <span class="eta">{STRINGS.status[latest.status] ?? STRINGS.eta(latest.etaMinutes)}</span>
        )}
        {isLate && <strong class="lateness">{STRINGS.lateBy(STRINGS.seconds(worstMs))}</strong>}
      </p>
    </div>
  );
}
