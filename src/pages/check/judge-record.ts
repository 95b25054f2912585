import { collectOwnFacts, diagnoseWatched, JUDGE_DEFAULTS } from '../../probe/diagnose-watched.ts';
import { judgedHold } from '../../probe/judge.ts';
import { maskFields } from '../../probe/mask-fields.ts';
import { type HopFacts, type Observation, type Report, VERDICTS, type Verdict } from '../../types.ts';
import { VERSION } from '../../version.ts';
import type { Blame, CheckState, CheckVerdict } from './model.ts';
import type { CheckRecord, LaneRecord } from './record.ts';
import { showRecord, watch } from './show-record.ts';
import { describe, letterFor } from './verdict-strings.ts';

interface JudgedLane {
  lane: LaneRecord;
  facts: HopFacts;
}

const records = new WeakMap<CheckVerdict, CheckRecord>();

/** What a verdict was judged from; undefined for one that was not made by {@link judgeRecord}. */
export function recordOf(verdict: CheckVerdict): CheckRecord | undefined {
  return records.get(verdict);
}

/**
 * The finished run as the page shows it, verdict and all: judged by what the command line judges with. Pure, so that
 * a link shows at support what it showed at the user's.
 */
export function judgeRecord(record: CheckRecord): CheckState {
  const state = showRecord(record, 'done');
  const judged = record.lanes
    .filter(({ status }) => status !== 'waiting')
    .map((lane): JudgedLane => {
      const observation = withSideTests(lane, record);
      return { lane: { ...lane, observation }, facts: collectOwnFacts(watch(observation), JUDGE_DEFAULTS) };
    });
  const own = worst(judged.filter(({ lane }) => lane.id !== 'control'));
  const bypass = judged.find(({ lane }) => lane.id === 'control');
  if (own === undefined) return state;
  const observations = [bypass, own].flatMap((one) => (one === undefined ? [] : [one.lane.observation]));
  const report = withWarnings(diagnoseWatched(observations.map(watch)), record.warnings);
  const verdict = report.hops.at(-1)?.verdict ?? 'inconclusive';
  const blame = blameFor(verdict, bypass === undefined ? null : (report.hops[0]?.verdict ?? null));
  const about = { blame, verdict, holdKind: report.hops.at(-1)?.hold?.kind ?? null, report, state };
  const full: CheckVerdict = {
    ...{ blame, verdict, holdKind: about.holdKind, report },
    ...describe(about),
    letter: letterFor(about),
    file: { name: fileName(state), text: fileText(observations, report) },
  };
  records.set(full, record);
  return {
    ...state,
    lanes: state.lanes.map((lane) => {
      const facts = judged.find((one) => one.lane.id === lane.id)?.facts;
      return { ...lane, verdict: facts?.verdict ?? null, holdKind: facts?.hold?.kind ?? null };
    }),
    verdict: full,
  };
}

/** What was tried beside the streams belongs to the product's own way. */
function withSideTests({ id, observation }: LaneRecord, record: CheckRecord): Observation {
  const { browser } = observation;
  if (browser === undefined || id === 'control') return observation;
  return {
    ...observation,
    browser: {
      ...browser,
      lastEventId: record.reconnection.result,
      connections: record.connections.result,
    },
  };
}

/** Of equally bad ones a fetch, which shows more than an EventSource, and of those the one that holds longer. */
function worst(judged: JudgedLane[]): JudgedLane | undefined {
  const rank = ({ lane, facts }: JudgedLane): number[] => [
    VERDICTS.indexOf(facts.verdict),
    lane.id === 'quiet' ? 1 : 0,
    lane.observation.browser?.fields === 'all' ? 0 : 1,
    lane.id === 'fetch' ? 0 : 1,
    -judgedHold(facts.holds),
  ];
  return [...judged].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const differs = left.findIndex((value, i) => value !== right[i]);
    return differs < 0 ? 0 : (left[differs] ?? 0) - (right[differs] ?? 0);
  })[0];
}

const LATE: readonly Verdict[] = ['held', 'cut', 'altered', 'not-a-stream', 'no-events'];
const UNKNOWN: readonly Verdict[] = ['unreachable', 'inconclusive'];

/** Both late: the network in between; only our way: our edge; neither: what reads the stream. */
function blameFor(own: Verdict, bypass: Verdict | null): Blame {
  const isLate = LATE.includes(own);
  if (UNKNOWN.includes(own)) return bypass === 'streaming' ? 'edge' : 'unknown';
  if (bypass === null || UNKNOWN.includes(bypass)) return isLate ? 'path' : 'none';
  if (LATE.includes(bypass)) return isLate ? 'network' : 'bypass';
  return isLate ? 'edge' : 'client';
}

function withWarnings(report: Report, warnings: string[]): Report {
  return { ...report, warnings: [...report.warnings, ...warnings] };
}

function fileName({ startedAt, host }: CheckState): string {
  const safeHost = host.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 60);
  return `unclog-check-${safeHost}-${startedAt.slice(0, 19).replaceAll(':', '')}Z.json`;
}

/** What `unclog diagnose` reads; it judges the recordings again and leaves the report beside them alone. */
function fileText(observations: Observation[], report: Report): string {
  const { maxHoldMs, maxFirstEventMs } = JUDGE_DEFAULTS;
  const file = {
    format: 'unclog-observations',
    schemaVersion: 1,
    tool: { name: 'unclog', version: VERSION },
    payload: 'masked',
    judge: { maxHoldMs, maxFirstEventMs },
    observations: observations.map(maskFields),
    report,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
