import { expect, test } from 'vitest';
import { formatReport } from '../../src/report/format.ts';
import type { Report } from '../../src/types.ts';
import { HOSTILE, withTexts } from '../support/hostile.ts';
import { heldReport, holds, hopFacts, reportOf, steady } from '../support/report-builder.ts';
import { parseXml, type XmlElement } from '../support/xml.ts';

function htmlOf(report: Report): string {
  return formatReport(report, 'html', { color: false, unicode: false });
}

/** The body is written as well-formed XML, so that a strict reader can check it. */
function bodyOf(report: Report): XmlElement {
  const [, body = ''] = /(<body>.*<\/body>)/s.exec(htmlOf(report)) ?? [];
  return parseXml(body);
}

/** Element and attribute names, in order, without any text. */
function structure({ name, attributes, children }: XmlElement): unknown {
  return [name, Object.keys(attributes), children.map(structure)];
}

function all(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(all)];
}

test('Verdict, cause, fix and every header are there', () => {
  const html = htmlOf(heldReport());
  for (const text of ['HELD (buffered)', 'proxy_buffering off;', 'Content-Type: text/event-stream', '9.5 s'])
    expect(html).toContain(text);
});

test('Hostile texts change no element and no attribute', () => {
  expect(structure(bodyOf(withTexts(heldReport(), HOSTILE)))).toEqual(
    structure(bodyOf(withTexts(heldReport(), 'harmless'))),
  );
});

test('A source that is no web address is no link', () => {
  const links = all(bodyOf(withTexts(heldReport(), 'javascript:alert(1)'))).filter(
    ({ name, attributes }) => name === 'a' && !attributes.href?.startsWith('#'),
  );
  expect(links).toEqual([]);
});

test('Nothing runs but the script that the policy names, and nothing is loaded', () => {
  const html = htmlOf(withTexts(heldReport(), HOSTILE));
  const elements = all(bodyOf(withTexts(heldReport(), HOSTILE)));
  const names = elements.map(({ name }) => name);
  expect(names.filter((name) => ['img', 'link', 'iframe', 'object', 'style'].includes(name))).toEqual([]);
  const scripts = elements.filter(({ name }) => name === 'script');
  expect(scripts.map(({ attributes }) => attributes.type)).toEqual(['application/json']);
  expect(elements.filter(({ attributes }) => 'src' in attributes || 'style' in attributes)).toEqual([]);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
    .exec(html)?.[1]
    ?.replaceAll('&#39;', "'");
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[^;]+; style-src 'sha256-[^;]+; connect-src 'none';/,
  );
  expect(policy).not.toContain('unsafe');
  expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<script'));
  expect(html).not.toMatch(/@import|url\(/);
});

test('It knows light, dark and paper', () => {
  expect(htmlOf(heldReport())).toMatch(/color-scheme:light dark.*prefers-color-scheme:dark.*@media print/s);
});

test.each([
  ['as it is', heldReport()],
  ['with hostile texts', withTexts(heldReport(), HOSTILE)],
  ['with the ends of scripts', withTexts(heldReport(), '</script><!--<script>]]>\u2028\u2029&amp;$&$1')],
  ['without hops', reportOf([])],
])('The report %s lies in the page as JSON, value for value', (_, report) => {
  const [, json = ''] =
    /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(htmlOf(report)) ?? [];
  expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(report)));
});

test('The diagram puts a sign on the hop that holds, and on no other', () => {
  const hops = all(bodyOf(heldReport())).filter(({ attributes }) => attributes.class?.startsWith('hop '));
  const said = hops.map((hop) => all(hop).map(({ text }) => text));
  expect(said[0]).not.toContain('holds here');
  expect(said[1]).toEqual(expect.arrayContaining(['holds here', 'edge', 'nginx/1.22.1']));
});

test.each([
  ['proven', 'What helps, in'],
  ['likely', 'What should help, in'],
  ['possible', 'What may help, in'],
] as const)('A fix for what is %s is offered as that', (confidence, words) => {
  const report = heldReport();
  const findings = report.findings.map((finding) => ({ ...finding, confidence }));
  expect(htmlOf({ ...report, findings })).toContain(`${words} <bdi>nginx</bdi>`);
});

test('A hop that nothing nearer is compared with may only pass on what was held before', () => {
  const alone = { ...heldReport(), hops: heldReport().hops.slice(1) };
  expect(htmlOf(alone)).toContain('held here or before');
  expect(htmlOf(alone)).not.toContain('holds here');
});

test('Ten thousand events on each of eight hops, and very long values, stay a small file', () => {
  const many = { arrivalsMs: steady(10_000, 1), holds: holds(...steady(10_000, 0.1, 0)) };
  const headers: [string, string][] = [['X-Long', 'y'.repeat(60_000)]];
  const hops = Array.from({ length: 8 }, (_, index) =>
    hopFacts({ ...many, index, name: `hop${index}`, headers }),
  );
  const html = htmlOf(reportOf(hops));
  expect(html.length).toBeLessThan(2_500_000);
  const data = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(html)?.[1] ?? '{}';
  const { hops: drawn } = JSON.parse(data) as Report;
  expect(drawn.map(({ arrivalsMs }) => arrivalsMs.length)).toEqual(new Array(8).fill(2_000));
  expect(drawn[0]?.latenessMs).toHaveLength(2_000);
});

test('The timeline has a row per hop that a screen reader can name, and a tick per distinct arrival', () => {
  const elements = all(bodyOf(heldReport()));
  const rows = elements.filter(({ name }) => name === 'g');
  expect(rows.map((row) => row.children[0]?.text)).toEqual([
    'origin: streaming, 20 events',
    'edge: HELD (buffered), 20 events',
  ]);
  const ticks = rows.map((row) => {
    const path = row.children.find(({ attributes }) => attributes.class === 'event');
    return path?.attributes.d?.match(/M/g)?.length;
  });
  expect(ticks).toEqual([20, 1]);
});

test('An unreachable hop and an empty report are pages, too', () => {
  const error = { code: 'ECONNREFUSED', message: 'x', phase: 'connect', atMs: 1 } as const;
  const unreachable = reportOf([hopFacts({ arrivalsMs: [], verdict: 'unreachable', error })]);
  expect(htmlOf(unreachable)).toContain('refuses connections');
  expect(all(bodyOf(reportOf([]))).map(({ name }) => name)).toContain('h1');
});
