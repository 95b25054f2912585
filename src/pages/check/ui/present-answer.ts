import type { CheckPhase, CheckState, CheckVerdict } from '../model.ts';
import { spokenMs, strings } from '../strings.ts';
import { LATE_MS } from './lane-geometry.ts';
import { OUTCOME_OF } from './present-checks.ts';
import { lateByMs } from './present-counts.ts';
import { dueNow, isOwn } from './present-lanes.ts';
import type { Answer, Cause, Outcome } from './view.ts';

/** The answer, or what is going on until there is one. */
export function presentAnswer(state: CheckState): Answer {
  const { verdict, phase } = state;
  if (verdict !== null) {
    return {
      outcome: outcomeOf(verdict),
      headline: verdict.headline,
      meaning: verdict.explanation.slice(0, 1),
    };
  }
  if (phase === 'cancelled') return { outcome: 'unknown', ...strings.stopped };
  return { outcome: 'running', ...whatGoesOn(state, phase) };
}

/** One sign for the whole result. */
export function outcomeOf({ blame, verdict }: CheckVerdict): Outcome {
  return blame === 'bypass' ? 'warn' : OUTCOME_OF[verdict];
}

function whatGoesOn(state: CheckState, phase: CheckPhase): Pick<Answer, 'headline' | 'meaning'> {
  const words = strings.running;
  if (phase === 'clock') return words.clock(state.host);
  if (phase === 'reconnection') return words.reconnection;
  if (phase === 'connections') return words.connections;
  const own = state.lanes.filter(isOwn);
  const due = own.flatMap((lane) => dueNow(lane, state));
  const arrived = own.some(({ events }) => events.length > 0);
  const silentMs = due.length === 0 ? 0 : state.elapsedMs - Math.min(...due);
  if (!arrived && silentMs > LATE_MS) return words.silent(spokenMs(silentMs));
  if (!arrived) return words.opening(state.host);
  if (phase === 'quiet') return words.quiet;
  const lateMs = lateByMs(state);
  return lateMs === null ? words.flowing : words.late(spokenMs(lateMs));
}

/** What it means and what to do. */
export function presentAdvice({ verdict }: CheckState): readonly string[] {
  return verdict?.explanation.slice(1) ?? [];
}

/** What the rules found against the stream, most severe first; what only informs is in the report. */
export function presentCauses({ verdict }: CheckState): Cause[] {
  const outcomes: Readonly<Record<string, Outcome>> = { error: 'bad', warning: 'warn' };
  return (verdict?.report.findings ?? []).flatMap((finding, index) => {
    const outcome = outcomes[finding.severity];
    if (outcome === undefined) return [];
    const { title, explanation: text, confidence } = finding;
    return [{ id: `${finding.id}-${index}`, title, text, sure: strings.confidence[confidence], outcome }];
  });
}
