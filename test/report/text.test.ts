import { expect, test } from 'vitest';
import { formatReport } from '../../src/report/format.ts';
import type { Report } from '../../src/types.ts';
import { VERDICTS } from '../../src/types.ts';
import { finding, fix, heldReport, holds, hopFacts, reportOf, steady } from '../support/report-builder.ts';

function textOf(report: Report, columns = 80): string {
  return formatReport(report, 'text', { color: false, unicode: false, columns });
}
function linesOf(report: Report, columns = 80): string[] {
  return textOf(report, columns).split('\n').slice(0, -1);
}

const HELD = linesOf(heldReport());

test('The first line is the verdict and names the hop', () => {
  expect(HELD[0]).toBe('HELD (buffered)   hop "edge" keeps every event until the answer ends');
});

test('Two hops and one main finding fit on one screen, in plain ASCII under 80 columns', () => {
  expect(HELD.length).toBeLessThanOrEqual(25);
  expect(HELD.filter((line) => line.length > 79)).toEqual([]);
  expect(HELD.filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([]);
  expect(HELD.filter((line) => line !== line.trimEnd())).toEqual([]);
});

test('Cause, evidence, fix, warning, more and next follow in this order', () => {
  const labels = HELD.map((line) => /^[a-z]+/.exec(line)?.[0]).filter((label) => label !== undefined);
  expect(labels).toEqual(['cause', 'evidence', 'fix', 'or', 'or', 'warning', 'also', 'next']);
});

test('The line to paste stands alone', () => {
  expect(HELD).toContain('              proxy_buffering off;');
});

test('The evidence has its numbers and what was expected', () => {
  expect(HELD.join('\n')).toContain('worst hold: 9.5 s (expected under 180 ms)');
});

test('The table shows both hops with verdict, times, hold, count and product', () => {
  const rows = HELD.map((line) => line.trim().split(/ {2,}/));
  expect(rows).toContainEqual(['hop', 'verdict', 'head', '1st event', 'worst hold', 'events', 'via']);
  expect(rows).toContainEqual(['origin', 'streaming', '2 ms', '500 ms', '2 ms', '20']);
  expect(rows).toContainEqual(['edge', 'HELD (buffered)', '10 s', '10 s', '9.5 s', '20', 'nginx/1.22.1']);
});

test.each(VERDICTS)(
  'The verdict %s is printed in its own word, on the first line and in the table',
  (verdict) => {
    const word = { held: 'HELD (buffered)', altered: 'CHANGED' }[verdict as string] ?? verdict;
    const lines = linesOf(reportOf([hopFacts({ name: 'edge', verdict })]));
    expect(lines[0]?.startsWith(`${word}   `)).toBe(true);
    expect(lines.some((line) => line.startsWith(`  edge  ${word}  `))).toBe(true);
  },
);

test('The hop nearest to the origin is named when several have the worst verdict', () => {
  const hops = [
    hopFacts(),
    hopFacts({ name: 'mid', verdict: 'held' }),
    hopFacts({ name: 'edge', verdict: 'held' }),
  ];
  expect(linesOf(reportOf(hops))[0]).toContain('hop "mid"');
});

test('A first hop that holds is not blamed: what is before it was not measured', () => {
  const [first] = linesOf(reportOf([hopFacts({ name: 'edge', verdict: 'held' })]));
  expect(first).toBe('HELD (buffered)   "edge" delivers events later than they were sent');
});

test('A host that cannot be reached is told in one sentence, without an empty picture', () => {
  const error = {
    code: 'ENOTFOUND',
    message: 'getaddrinfo ENOTFOUND no.example',
    phase: 'dns',
    atMs: 3,
  } as const;
  const facts = hopFacts({
    name: 'a',
    url: 'http://no.example/s',
    arrivalsMs: [],
    verdict: 'unreachable',
    error,
  });
  const lines = linesOf(reportOf([facts]));
  expect(lines[0]).toBe('unreachable   "a" gave no answer: the host name no.example does not resolve');
  expect(lines.join('\n')).not.toContain('waiting');
});

test('A stream without events shows how long was waited', () => {
  const facts = hopFacts({
    name: 'a',
    arrivalsMs: [],
    verdict: 'no-events',
    endMs: 60_000,
    endReason: 'stopped-by-probe',
  });
  const text = textOf(reportOf([facts]));
  expect(text).toMatch(/^no-events {3}"a" answers, but sent no event within 60 s\n/);
  expect(text).toMatch(/^ {2}a {2}\.{40,}>$/m);
});

test('Eight hops get eight rows of equal width', () => {
  const hops = steady(8, 1).map((i) => hopFacts({ name: `hop-number-${i}-with-a-very-long-name`, index: i }));
  const lines = linesOf(reportOf(hops));
  const rows = lines.filter((line) => line.endsWith(']') && line.includes('|'));
  expect(rows).toHaveLength(8 + 1 - 1);
  expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  expect(lines.filter((line) => line.length > 79)).toEqual([]);
});

test('Long names and URLs lose their middle, not their ends', () => {
  const url = `https://edge.example.com/${'a'.repeat(200)}/stream`;
  const name = `very-${'long-'.repeat(10)}name`;
  const lines = linesOf(reportOf([hopFacts({ name, url })]));
  expect(lines.some((line) => /^ {2}https:\/\/edge.*\.\.\..*\/stream$/.test(line))).toBe(true);
  expect(lines.some((line) => /^ {2}very-.*\.\..*name {2}streaming/.test(line))).toBe(true);
  expect(lines.filter((line) => line.length > 79)).toEqual([]);
});

test('Every error is told in full, a warning is a line, infos beside errors share one', () => {
  const report = reportOf(
    [hopFacts({ name: 'edge', verdict: 'held' })],
    [
      finding({ title: 'First' }),
      finding({ id: 'truncated', title: 'Second', fixes: [fix({ change: 'second fix;' })] }),
      finding({ id: 'missing-opt-out', severity: 'warning', title: 'Third', explanation: 'not shown' }),
      finding({ id: 'http-1-0', severity: 'info', title: 'Fourth' }),
      finding({ id: 'look-at-client', severity: 'info', title: 'Fifth' }),
    ],
  );
  const text = textOf(report);
  expect(text).toContain('cause     First [held-until-close, proven]');
  expect(text).toContain('cause     Second [truncated, proven]');
  expect(text).toContain('second fix;');
  expect(text).toContain('warning   Third [missing-opt-out]');
  expect(text).not.toContain('not shown');
  expect(text).toContain('also      http-1-0, look-at-client: unclog explain ID');
});

test('The same error with the same fix on several hops is told once', () => {
  const hops = ['a', 'b', 'c'];
  const report = reportOf(
    hops.map((name) => hopFacts({ name, verdict: 'held' })),
    hops.map((hop) => finding({ hop })),
  );
  const text = textOf(report);
  expect(text.match(/^cause/gm)).toHaveLength(1);
  expect(text).toContain('at a, also at b, c');
});

test('A cause that is only possible has a question mark', () => {
  const report = reportOf([hopFacts({ verdict: 'inconclusive' })], [finding({ confidence: 'possible' })]);
  expect(textOf(report)).toContain('cause?    Events wait until the answer ends');
});

test('Without an error, warnings about the hop that could not be measured are told in full', () => {
  const report = reportOf(
    [hopFacts({ name: 'edge', verdict: 'inconclusive' }), hopFacts({ name: 'cdn' })],
    [
      finding({ severity: 'warning', confidence: 'possible' }),
      finding({ severity: 'warning', id: 'missing-opt-out', hop: 'cdn', title: 'Other' }),
    ],
  );
  const text = textOf(report);
  expect(text).toContain('cause?    Events wait');
  expect(text).toContain('proxy_buffering off;');
  expect(text).toContain('warning   Other [missing-opt-out at cdn]');
});

test('A long explanation ends with a whole sentence', () => {
  const explanation = `${'This is a sentence of some length about the hop. '.repeat(12)}The end.`;
  const report = reportOf([hopFacts({ verdict: 'held' })], [finding({ explanation })]);
  const told = textOf(report).split('evidence')[0]?.trimEnd();
  expect(told).toMatch(/about the hop\.$/);
  expect(told).not.toContain('The end.');
});

test('A count is not called events twice', () => {
  const evidence = [
    { what: 'events lost', value: 3, unit: 'events' as const },
    { what: 'in one read', value: 1, unit: 'events' as const },
  ];
  const text = textOf(reportOf([hopFacts({ verdict: 'altered' })], [finding({ evidence })]));
  expect(text).toContain('evidence  events lost: 3; in one read: 1 event\n');
});

test('A fix of several lines keeps them and their indent', () => {
  const change = 'location /stream {\n\tproxy_buffering off;\n}';
  const lines = linesOf(reportOf([hopFacts({ verdict: 'held' })], [finding({ fixes: [fix({ change })] })]));
  const from = lines.indexOf('              location /stream {');
  expect(lines.slice(from, from + 3)).toEqual([
    '              location /stream {',
    '                  proxy_buffering off;',
    '              }',
  ]);
});

test('A long next command stays one command: lines joined by backslashes, quoted parts whole', () => {
  const next = `unclog curl -H 'Accept:   text/event-stream' https://${'a'.repeat(60)}.example/stream pod=http://127.0.0.1:8000/stream`;
  const text = textOf(reportOf([hopFacts()], [], { next }));
  const shown = text.slice(text.indexOf('next      ') + 10);
  expect(shown).toContain(' \\\n');
  expect(shown.replace(/ \\\n\s+/g, ' ').trim()).toBe(next);
});

test('What limits trust in the numbers is said', () => {
  expect(textOf(reportOf([hopFacts()], [], { warnings: ['the machine was busy'] }))).toContain(
    'note      the machine was busy',
  );
});

test('A calm verdict says what it was judged by', () => {
  expect(textOf(reportOf([hopFacts({ holds: holds(1) })]))).toContain(
    'judged    by the time that the sender wrote into each event, clock error 1 ms',
  );
  expect(textOf(reportOf([hopFacts({ holdBasis: 'none', clockErrorMs: null })]))).toContain(
    'how late events are is not known',
  );
});

test('A hold that is still going on is shown as at least so long', () => {
  const facts = hopFacts({
    verdict: 'held',
    arrivalsMs: [],
    hold: { kind: 'until-close', blockBytes: null, periodMs: null, atLeastMs: 9_500, atLeastBytes: 800 },
  });
  const text = textOf(reportOf([facts]));
  expect(text).toContain('let no event through in 9.5 s');
  expect(text).toMatch(/ >9\.5 s /);
});

test('A narrow terminal gets narrow lines, and gives up columns instead of wrapping rows', () => {
  const lines = linesOf(heldReport(), 62).filter((line) => !line.includes('https://'));
  expect(lines.filter((line) => line.length > 61)).toEqual([]);
  expect(lines.some((line) => line.includes('worst hold'))).toBe(true);
});

test('A wide terminal changes nothing: the text is meant to be pasted', () => {
  expect(linesOf(heldReport(), 200)).toEqual(HELD);
});

test('Colours add nothing but colour', () => {
  const colored = formatReport(heldReport(), 'text', { color: true, unicode: false });
  expect(colored).toContain('\u001b[31m');
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(`${HELD.join('\n')}\n`);
});

test('A report without hops is still a sentence', () => {
  expect(textOf(reportOf([]))).toBe('inconclusive   nothing was measured\n');
});
