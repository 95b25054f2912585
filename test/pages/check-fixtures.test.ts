import { expect, test } from 'vitest';
import { finishedCheck, runningCheck, SCENARIOS, type Scenario } from '../../src/pages/check/fixtures.ts';
import { reportSchema } from '../../src/report/schema.ts';

const EXPECTED: Record<Scenario, [blame: string, verdict: string, holdKind: string | null]> = {
  streaming: ['none', 'streaming', null],
  'held-until-close': ['path', 'held', 'until-close'],
  'held-at-our-edge': ['edge', 'held', 'until-close'],
  'held-in-their-network': ['network', 'held', 'until-close'],
  blocked: ['unknown', 'unreachable', null],
  'cut-when-idle': ['path', 'cut', null],
  'all-well-both-ways': ['client', 'streaming', null],
};

test.each(SCENARIOS)('a page judges "%s" as the command line does, and says whose it is', (scenario) => {
  const { verdict } = finishedCheck(scenario);
  expect([verdict?.blame, verdict?.verdict, verdict?.holdKind]).toEqual(EXPECTED[scenario]);
  expect(reportSchema.safeParse(verdict?.report).error).toBeUndefined();
});

test('a lane shows each event with its own hold while the run goes on', () => {
  const [eventSource] = runningCheck('streaming', 2_000).lanes;
  expect(eventSource).toMatchObject({
    status: 'receiving',
    startedAtMs: 400,
    headAtMs: 424,
    endedAtMs: null,
  });
  expect(eventSource?.events).toHaveLength(6);
  expect(eventSource?.dueAtMs).toHaveLength(14);
  expect(eventSource?.events[0]).toMatchObject({ seq: 1, sentAtMs: 662, receivedAtMs: 675, holdMs: 1 });
});
