import { expect, test } from 'vitest';
import { CHECKS } from '../../src/report/checks.ts';
import { formatReport } from '../../src/report/format.ts';
import type { Report } from '../../src/types.ts';
import { HOSTILE, withTexts } from '../support/hostile.ts';
import { finding, heldReport, hopFacts, reportOf } from '../support/report-builder.ts';
import { parseXml, type XmlElement } from '../support/xml.ts';

function suiteOf(report: Report): XmlElement {
  const root = parseXml(formatReport(report, 'junit', { color: false, unicode: false }));
  const [suite] = root.children;
  if (root.name !== 'testsuites' || root.children.length !== 1 || suite === undefined)
    throw new Error('not exactly one suite');
  return suite;
}
function casesOf(report: Report): XmlElement[] {
  return suiteOf(report).children.filter(({ name }) => name === 'testcase');
}
/** `[case, element]` of every case that did not pass. */
function notPassed(report: Report): [string | undefined, string][] {
  return casesOf(report).flatMap(({ attributes, children }) =>
    children.map(({ name }): [string | undefined, string] => [attributes.name, name]),
  );
}

test('A case per hop and check; the one with an error finding fails, with the fix in the message', () => {
  const cases = casesOf(heldReport());
  expect(cases.map(({ attributes }) => attributes.name)).toEqual(
    ['origin', 'edge'].flatMap((hop) => CHECKS.map((check) => `${hop}: ${check}`)),
  );
  const failed = cases.filter(({ children }) => children.some(({ name }) => name === 'failure'));
  expect(failed.map(({ attributes }) => attributes.name)).toEqual(['edge: on time']);
  const [failure] = failed[0]?.children ?? [];
  expect(failure).toMatchObject({ name: 'failure', attributes: { type: 'held-until-close' } });
  expect(failure?.text).toContain('proxy_buffering off;');
});

test('The numbers of the suite count its cases, and the time of a hop once', () => {
  const report = heldReport();
  const skipped = notPassed(report).filter(([, element]) => element === 'skipped').length;
  expect(suiteOf(report).attributes).toMatchObject({
    tests: '8',
    failures: '1',
    errors: '0',
    skipped: String(skipped),
    time: (report.hops.reduce((sum, { timings }) => sum + timings.totalMs, 0) / 1_000).toFixed(3),
  });
});

test.each([
  ['held', 'on time', 'failure'],
  ['cut', 'stays open', 'failure'],
  ['altered', 'nothing lost or changed', 'failure'],
  ['not-a-stream', 'answers with a stream', 'failure'],
  ['no-events', 'answers with a stream', 'error'],
  ['unreachable', 'answers with a stream', 'error'],
  ['inconclusive', 'on time', 'error'],
] as const)(
  'Without an error finding, the verdict %s makes the check "%s" a %s',
  (verdict, check, element) => {
    const bad = notPassed(reportOf([hopFacts({ name: 'edge', verdict })])).filter(
      ([, one]) => one !== 'skipped',
    );
    expect(bad).toEqual([[`edge: ${check}`, element]]);
  },
);

test('What cannot be tested without an answer is skipped, not passed', () => {
  expect(notPassed(reportOf([hopFacts({ name: 'edge', verdict: 'unreachable' })]))).toEqual([
    ['edge: answers with a stream', 'error'],
    ['edge: on time', 'skipped'],
    ['edge: stays open', 'skipped'],
    ['edge: nothing lost or changed', 'skipped'],
  ]);
});

test('Error findings of one check are one failure that tells them all, of two checks two', () => {
  const held = [finding({ title: 'One' }), finding({ id: 'head-held', title: 'Two' })];
  const cut = finding({ id: 'truncated', title: 'Three' });
  const cases = casesOf(reportOf([hopFacts({ name: 'edge', verdict: 'held' })], [...held, cut]));
  const messages = cases.flatMap(({ children }) =>
    children.filter(({ name }) => name === 'failure').map(({ attributes }) => attributes.message),
  );
  expect(messages).toEqual(['One; Two', 'Three']);
});

test('Warnings fail nothing', () => {
  const report = reportOf([hopFacts({ name: 'edge' })], [finding({ severity: 'warning' })]);
  expect(notPassed(report).filter(([, element]) => element !== 'skipped')).toEqual([]);
});

test('An error finding of a hop that is not listed is not lost', () => {
  const cases = casesOf(reportOf([hopFacts()], [finding({ hop: 'elsewhere' })]));
  expect(cases.at(-1)?.attributes.name).toBe('elsewhere');
});

test('The document stays well-formed with hostile texts', () => {
  const cases = casesOf(withTexts(heldReport(), HOSTILE));
  expect(cases.length).toBeGreaterThanOrEqual(8);
  expect(cases[0]?.attributes.name).toContain('<script>alert(1)</script>');
});
