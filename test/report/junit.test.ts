import { expect, test } from 'vitest';
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

test('A case per hop; the one with an error finding fails, with the fix in the message', () => {
  const [origin, edge, ...more] = casesOf(heldReport());
  expect(more).toEqual([]);
  expect(origin).toMatchObject({ attributes: { name: 'origin', time: '10.000' }, children: [] });
  expect(edge?.attributes.name).toBe('edge');
  const [failure] = edge?.children ?? [];
  expect(failure).toMatchObject({ name: 'failure', attributes: { type: 'held-until-close' } });
  expect(failure?.text).toContain('proxy_buffering off;');
});

test('The numbers of the suite count its cases', () => {
  expect(suiteOf(heldReport()).attributes).toMatchObject({
    tests: '2',
    failures: '1',
    errors: '0',
    skipped: '0',
  });
});

test.each([
  ['held', 'failure'],
  ['cut', 'failure'],
  ['altered', 'failure'],
  ['not-a-stream', 'failure'],
  ['no-events', 'error'],
  ['unreachable', 'error'],
  ['inconclusive', 'error'],
] as const)('Without an error finding, the verdict %s is a %s', (verdict, element) => {
  const [only] = casesOf(reportOf([hopFacts({ verdict })]));
  expect(only?.children.map(({ name }) => name)).toEqual([element]);
});

test('Several error findings of a hop are one failure that tells them all', () => {
  const [only] = casesOf(
    reportOf(
      [hopFacts({ name: 'edge', verdict: 'held' })],
      [finding({ title: 'One' }), finding({ id: 'truncated', title: 'Two' })],
    ),
  );
  expect(only?.children).toHaveLength(1);
  expect(only?.children[0]?.attributes.message).toBe('One; Two');
});

test('Warnings fail nothing', () => {
  const [only] = casesOf(reportOf([hopFacts({ name: 'edge' })], [finding({ severity: 'warning' })]));
  expect(only?.children).toEqual([]);
});

test('An error finding of a hop that is not listed is not lost', () => {
  const cases = casesOf(reportOf([hopFacts()], [finding({ hop: 'elsewhere' })]));
  expect(cases.map(({ attributes }) => attributes.name)).toEqual(['origin', 'elsewhere']);
});

test('The document stays well-formed with hostile texts', () => {
  const cases = casesOf(withTexts(heldReport(), HOSTILE));
  expect(cases).toHaveLength(2);
  expect(cases[0]?.attributes.name).toContain('<script>alert(1)</script>');
});
