import type { Evidence, Finding } from '../../../types.ts';
import type { CheckState, CheckVerdict, Lane } from '../model.ts';
import { spokenMs, strings } from '../strings.ts';

/** What a developer wants to know, as text to paste into a ticket: the numbers, the findings by id, and the fixes. */
export function developerNote(state: CheckState, verdict: CheckVerdict): string {
  const { report, file } = verdict;
  const words = strings.note;
  const findings = report.findings.filter(({ severity }) => severity !== 'info');
  return [
    words.result(verdict.verdict, verdict.holdKind, state.host),
    words.measured(state.startedAt, state.protocol),
    '',
    ...state.lanes.filter((lane) => lane.startedAtMs !== null).map(laneLine),
    ...state.warnings.map((warning) => words.warning(warning)),
    ...findings.flatMap(findingLines),
    '',
    words.again(file.name),
    ...(report.next === null ? [] : [words.next(report.next)]),
    '',
  ].join('\n');
}

function laneLine(lane: Lane): string {
  const held = lane.events.map(({ holdMs }) => holdMs);
  const first = lane.firstEventAtMs === null ? null : lane.firstEventAtMs - (lane.startedAtMs ?? 0);
  return strings.note.lane(strings.lanes[lane.id].title, {
    verdict: lane.verdict ?? 'inconclusive',
    arrived: lane.events.length,
    planned: lane.plan.events,
    bytes: lane.plan.eventBytes,
    first: first === null ? null : spokenMs(first),
    held: held.length === 0 ? null : spokenMs(Math.max(...held)),
    error: lane.error,
  });
}

function findingLines({ id, confidence, title, explanation, evidence, fixes }: Finding): string[] {
  return [
    '',
    `${id} (${strings.confidence[confidence]}): ${title}`,
    explanation,
    ...evidence.map((item) => `  ${item.what}: ${measured(item)}`),
    ...fixes.map(({ where, change }) => `  ${strings.note.fix(where)} ${change.replaceAll('\n', '\n    ')}`),
  ];
}

function measured({ value, unit, expected }: Evidence): string {
  const amount = typeof value === 'number' ? Math.round(value) : value;
  const text = unit === '' ? `${amount}` : `${amount} ${unit}`;
  return expected === undefined ? text : strings.note.expected(text, expected);
}
