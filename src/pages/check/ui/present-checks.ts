import type { Verdict } from '../../../types.ts';
import type { CheckState, Lane, SideTest } from '../model.ts';
import { strings } from '../strings.ts';
import { isOver } from './present-lanes.ts';
import { sentence } from './sentence.ts';
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
    const text =
      lane.error === null
        ? strings.laneVerdicts[lane.verdict](lane.events.length, longestMs)
        : sentence(lane.error);
    return { id: lane.id, name, outcome: OUTCOME_OF[lane.verdict], text };
  }
  const started = lane.startedAtMs !== null;
  if (over) return { id: lane.id, name, outcome: 'skipped', text: strings.checkStopped };
  return {
    id: lane.id,
    name,
    outcome: started ? 'running' : 'later',
    text: started ? strings.checkArrived(lane.events.length, lane.plan.events) : strings.checkLater,
  };
}

function reconnectionLine(state: CheckState): CheckLine {
  const test = { test: state.reconnection, over: isOver(state) };
  const words = strings.reconnection;
  return sideLine('reconnection', words.name, test, (result) => ({
    outcome: result === 'passed' ? 'good' : 'bad',
    text: words[result],
  }));
}

function connectionsLine(state: CheckState): CheckLine {
  const test = { test: state.connections, over: isOver(state) };
  const words = strings.connections;
  return sideLine('connections', words.name, test, ({ asked, opened }) => ({
    outcome: opened >= asked ? 'good' : 'warn',
    text: opened >= asked ? words.all(asked) : words.limited(opened, asked),
  }));
}

function sideLine<T>(
  id: string,
  name: string,
  { test, over }: { test: SideTest<T>; over: boolean },
  judge: (result: T) => { outcome: Outcome; text: string },
): CheckLine {
  if (test.status === 'done' && test.result !== null) return { id, name, ...judge(test.result) };
  if (test.status === 'running') return { id, name, outcome: 'running', text: strings.checkRunning };
  if (test.status === 'waiting' && !over) return { id, name, outcome: 'later', text: strings.checkLater };
  const text = test.reason === null ? strings.checkStopped : sentence(test.reason);
  return { id, name, outcome: test.status === 'done' ? 'unknown' : 'skipped', text };
}

function protocolLine(protocol: string | null): CheckLine {
  const { name, unknown, known } = strings.protocol;
  if (protocol === null) return { id: 'protocol', name, outcome: 'unknown', text: unknown };
  const old = protocol.startsWith('http/');
  return { id: 'protocol', name, outcome: old ? 'warn' : 'good', text: known(protocol, old) };
}
