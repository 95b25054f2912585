import type { Verdict } from '../../../types.ts';
import type { CheckState, Lane, SideTest } from '../model.ts';
import { strings } from '../strings.ts';
import { isOver } from './present-lanes.ts';
import type { CheckLine, Outcome } from './view.ts';

/** Each verdict as one of the signs of the page. */
export const OUTCOME_OF: Readonly<Record<Verdict, Outcome>> = {
  streaming: 'good',
  held: 'bad',
  cut: 'bad',
  altered: 'bad',
  'not-a-stream': 'bad',
  unreachable: 'bad',
  'no-events': 'bad',
  inconclusive: 'unknown',
};

/** One line for each thing that was looked at. */
export function presentChecks(state: CheckState): CheckLine[] {
  return [
    ...state.lanes.map((lane) => laneLine(lane, isOver(state))),
    reconnectionLine(state),
    connectionsLine(state),
    protocolLine(state.protocol),
  ];
}

function laneLine(lane: Lane, over: boolean): CheckLine {
  const { title: name } = strings.lanes[lane.id];
  const longestMs = lane.events.length === 0 ? null : Math.max(...lane.events.map(({ holdMs }) => holdMs));
  if (lane.verdict !== null) {
    const text = lane.error ?? strings.laneVerdicts[lane.verdict](lane.events.length, longestMs);
    return { id: lane.id, name, outcome: OUTCOME_OF[lane.verdict], text };
  }
  const started = lane.startedAtMs !== null;
  if (over) return { id: lane.id, name, outcome: 'skipped', text: strings.checkStopped };
  return {
    id: lane.id,
    name,
    outcome: started ? 'running' : 'skipped',
    text: started ? strings.checkArrived(lane.events.length, lane.plan.events) : strings.checkLater,
  };
}

function reconnectionLine({ reconnection }: CheckState): CheckLine {
  const words = strings.reconnection;
  return sideLine('reconnection', words.name, reconnection, (result) => ({
    outcome: result === 'passed' ? 'good' : 'bad',
    text: words[result],
  }));
}

function connectionsLine({ connections }: CheckState): CheckLine {
  const words = strings.connections;
  return sideLine('connections', words.name, connections, ({ asked, opened }) => ({
    outcome: opened >= asked ? 'good' : 'warn',
    text: opened >= asked ? words.all(asked) : words.limited(opened, asked),
  }));
}

function sideLine<T>(
  id: string,
  name: string,
  test: SideTest<T>,
  judge: (result: T) => { outcome: Outcome; text: string },
): CheckLine {
  if (test.status === 'done' && test.result !== null) return { id, name, ...judge(test.result) };
  if (test.status === 'running') return { id, name, outcome: 'running', text: strings.checkRunning };
  const text = test.reason ?? (test.status === 'waiting' ? strings.checkLater : strings.checkStopped);
  return { id, name, outcome: test.status === 'done' ? 'unknown' : 'skipped', text };
}

function protocolLine(protocol: string | null): CheckLine {
  const { name, unknown, known } = strings.protocol;
  if (protocol === null) return { id: 'protocol', name, outcome: 'unknown', text: unknown };
  const old = protocol.startsWith('http/');
  return { id: 'protocol', name, outcome: old ? 'warn' : 'good', text: known(protocol, old) };
}
