import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkRecord, finishedCheck, SCENARIOS, type Scenario } from '../../src/pages/check/fixtures.ts';
import { judgeRecord } from '../../src/pages/check/judge-record.ts';
import { letterFor } from '../../src/pages/check/verdict-strings.ts';
import { diagnose, JUDGE_DEFAULTS } from '../../src/probe/diagnose.ts';
import { diagnoseSaved } from '../../src/probe/diagnose-saved.ts';
import { readSaved } from '../../src/probe/saved.ts';

function saved(scenario: Scenario, hop?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { verdict } = finishedCheck(scenario);
  const file = join(folder, 'page.json');
  const text = verdict?.file.text ?? '';
  writeFileSync(file, hop === undefined ? text : text.replaceAll('"public"', `"${hop}"`));
  return file;
}

test.each(SCENARIOS)('the file of "%s" is judged by the command line as the page judged it', (scenario) => {
  const run = readSaved(saved(scenario));
  expect(run.payloadKept).toBe(false);
  const report = diagnose(run.observations, run.judge);
  expect(report).toEqual(finishedCheck(scenario).verdict?.report);
});

test('the file of a page is judged together with one that was recorded elsewhere', () => {
  const near = readSaved(saved('streaming', 'server'));
  const far = readSaved(saved('held-until-close'));
  const report = diagnoseSaved([near, far], JUDGE_DEFAULTS);
  expect(report.hops.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['server', 'streaming'],
    ['public', 'held'],
  ]);
});

test('a reconnection that loses its place is a finding of the same id', () => {
  const record = checkRecord('streaming');
  record.reconnection.result = 'dropped';
  const { verdict } = judgeRecord(record);
  expect(verdict?.report.findings.map(({ id }) => id)).toContain('last-event-id-dropped');
  expect(verdict?.report.hops[0]?.measured?.lastEventId).toBe('dropped');
});

test('eight streams at once are no finding, six of eight are one that is proven', () => {
  const record = checkRecord('streaming');
  const limit = () =>
    judgeRecord(record).verdict?.report.findings.find(({ id }) => id === 'http-1-connection-limit');
  expect(limit()).toMatchObject({ confidence: 'proven' });
  record.connections.result = { asked: 8, opened: 8 };
  expect(limit()).toBeUndefined();
});

test('what an EventSource does not show is not held against the answer', () => {
  const record = checkRecord('streaming');
  record.lanes = record.lanes.filter(({ id }) => id === 'eventsource');
  const { verdict } = judgeRecord(record);
  expect(verdict?.report.findings.map(({ id }) => id)).not.toContain('missing-opt-out');
  expect(verdict?.report.warnings.join()).toContain('which hides status, response fields, chunks and frames');
});

test('the text for whoever runs the network names the host, the exemption and what the report holds', () => {
  const { verdict } = finishedCheck('held-in-their-network');
  expect(verdict?.letter?.to).toBe('your IT department');
  expect(verdict?.letter?.text).toContain('Result: the way from app.example.com to here keeps every event');
  expect(verdict?.letter?.text).toContain('Please exempt app.example.com');
  expect(verdict?.letter?.text).toContain('The report holds: the address of this page');
  expect(finishedCheck('streaming').verdict?.letter).toBeNull();
});

test.each(['none', 'client', 'bypass'] as const)('nobody is written to where the fault is: %s', (blame) => {
  const state = finishedCheck('streaming');
  const { report } = state.verdict ?? {};
  if (report === undefined) throw new Error('the run has no report');
  expect(letterFor({ blame, verdict: 'streaming', holdKind: null, report, state })).toBeNull();
});
