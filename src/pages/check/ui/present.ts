import type { CheckState } from '../model.ts';
import { strings } from '../strings.ts';
import { presentAdvice, presentAnswer, presentCauses } from './present-answer.ts';
import { presentChecks } from './present-checks.ts';
import { presentCounts } from './present-counts.ts';
import { presentLanes } from './present-lanes.ts';
import { presentLetters } from './present-letters.ts';
import type { PageView } from './view.ts';

const OLD_MS = 7 * 86_400_000;

/** What is known beside the run itself. */
export interface Around {
  /** True where the result came with a link. */
  shared: boolean;
  /** The link to this result; null while it is made, or where it would be too long. */
  link: string | null;
  /** What the browser says about itself: offline, a policy that forbids a connection. */
  hints: readonly string[];
  /** Now, as epoch milliseconds. */
  nowEpochMs: number;
}

/** Makes what the page shows out of the state of a run. Pure. */
export function present(state: CheckState, around: Around): PageView {
  const { verdict, phase } = state;
  const done = phase === 'done';
  const answer = presentAnswer(state);
  return {
    state: done ? 'done' : phase === 'cancelled' ? 'stopped' : 'running',
    answer: { ...answer, meaning: done ? [...around.hints, ...answer.meaning] : answer.meaning },
    progress: done || phase === 'cancelled' ? null : Math.min(1, state.elapsedMs / state.expectedMs),
    host: state.host,
    sender: around.shared ? sender(state.startedAt, around.nowEpochMs) : null,
    counts: presentCounts(state),
    lanes: presentLanes(state),
    advice: presentAdvice(state),
    causes: presentCauses(state),
    letters: presentLetters(state),
    checks: presentChecks(state),
    warnings: state.warnings,
    share:
      verdict === null ? null : { link: around.link, report: verdict.file.text, fileName: verdict.file.name },
  };
}

/** What the page shows where a link holds nothing that can be read. */
export function presentBadLink(reason: string, host: string): PageView {
  const { headline, meaning } = strings.badLink;
  return {
    state: 'bad-link',
    answer: { outcome: 'unknown', headline, meaning: [reason, ...meaning] },
    ...{ progress: null, host, sender: null, share: null },
    ...{ counts: [], lanes: [], advice: [], causes: [], letters: [], checks: [], warnings: [] },
  };
}

function sender(startedAt: string, nowEpochMs: number): PageView['sender'] {
  const at = new Date(startedAt);
  const known = !Number.isNaN(at.getTime());
  const format = { dateStyle: 'long', timeStyle: 'short' } as const;
  return {
    when: known ? new Intl.DateTimeFormat('en', format).format(at) : startedAt,
    old: known && nowEpochMs - at.getTime() > OLD_MS,
  };
}
