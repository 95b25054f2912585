import { expect, test } from 'vitest';
import { formatReport } from '../../src/report/format.ts';
import type { Report } from '../../src/types.ts';
import { HOSTILE, withTexts } from '../support/hostile.ts';
import { heldReport, hopFacts, reportOf } from '../support/report-builder.ts';
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
    ({ name }) => name === 'a',
  );
  expect(links).toEqual([]);
});

test('The file runs no script and loads nothing', () => {
  const html = htmlOf(heldReport());
  const elements = all(bodyOf(heldReport()));
  expect(elements.filter(({ name }) => ['script', 'img', 'link', 'iframe', 'object'].includes(name))).toEqual(
    [],
  );
  expect(elements.filter(({ attributes }) => 'src' in attributes || 'style' in attributes)).toEqual([]);
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(html).not.toMatch(/@import|url\(/);
});

test('It knows light and dark', () => {
  expect(htmlOf(heldReport())).toMatch(/color-scheme:light dark.*prefers-color-scheme:dark/s);
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
