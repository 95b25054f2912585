import { expect, it } from 'vitest';
import type { Report } from '../../src/types.ts';
import { markdownTable, type Row, rowOf, textTable } from '../containers/members.ts';
import { finding, fix, heldReport, hopFacts, reportOf, steady } from '../support/report-builder.ts';

const WRONG = { product: 'nginx', version: '1.22.1', kind: 'buffering', shows: 'held-until-close' } as const;
const RIGHT = { ...WRONG, kind: 'passthrough' } as const;

function streaming(findings: Report['findings'] = []): Report {
  const hop = (name: string) => hopFacts({ name, verdict: 'streaming', arrivalsMs: steady(20, 100) });
  return reportOf([hop('origin'), hop('nginx')], findings);
}

function row(sketch: Partial<Row>): Row {
  return { ...rowOf(RIGHT, streaming()), atLeast: false, ...sketch };
}

it('a member that holds is as meant when its finding is the one that it is here to show', () => {
  const report = heldReport();
  const name = report.hops[1]?.name ?? '';
  const shown = report.findings.find((one) => one.hop === name && one.severity === 'error');
  if (shown === undefined) throw new Error('the report has no error about its second hop');
  const held = rowOf({ ...WRONG, shows: shown.id }, report);
  expect(held).toMatchObject({
    verdict: 'held',
    findings: [shown.id],
    asMeant: true,
    hold: report.hops[1]?.hold?.kind,
  });
  expect(held.fix).toContain(shown.fixes[0]?.change.split('\n')[0]);
  expect(rowOf({ ...WRONG, shows: 'cut-by-age' }, report).asMeant).toBe(false);
});

it('a member that streams is as meant only where it is here to stream', () => {
  expect(rowOf(RIGHT, streaming())).toMatchObject({ verdict: 'streaming', fix: null, asMeant: true });
  expect(rowOf(WRONG, streaming()).asMeant).toBe(false);
});

it('a member that streams and is found fault with is not as meant', () => {
  const fault = finding({
    id: 'cut-when-idle',
    hop: 'nginx',
    severity: 'error',
    fixes: [fix({ where: 'nginx', change: 'one;\n  two;' })],
  });
  expect(rowOf(RIGHT, streaming([fault]))).toMatchObject({ asMeant: false, fix: 'nginx: one; ; two;' });
});

it('the table has a line for each member, and says which is not as meant', () => {
  const lines = textTable([
    row({
      kind: 'buffering',
      verdict: 'held',
      hold: 'until-close',
      holdMs: 1_900,
      fix: 'nginx: proxy_buffering off;',
    }),
    row({ product: 'varnish', holdMs: 3, asMeant: false }),
    row({ product: 'kong', verdict: '-', holdMs: null, note: 'not waited for: it shows after 67 s' }),
  ]).split('\n');
  expect(lines[0]).toMatch(/^product {2}version {2}as it goes {2}verdict +kind of hold {2}hold +fix$/);
  expect(lines[1]).toMatch(
    /^nginx +1\.22\.1 +wrong +held +until-close +1\.9 s +nginx: proxy_buffering off;$/,
  );
  expect(lines[2]).toMatch(/^varnish +1\.22\.1 +right +streaming +- +3 ms +- +<- not as meant$/);
  expect(lines[3]).toContain('not waited for: it shows after 67 s');
});

it('a lower bound of a hold is shown as one', () => {
  expect(textTable([row({ holdMs: 4_000, atLeast: true })])).toContain('>4.0 s');
});

it('nothing that a stranger sent can draw on the terminal or break the Markdown table', () => {
  const rows = [row({ note: '\u001b[31mred\u0007 | <img> `x`', fix: null })];
  expect(textTable(rows).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
  const [, , line = ''] = markdownTable(rows).split('\n');
  expect(line.match(/(?<!\\)\|/g)).toHaveLength(8);
  expect(line).toContain('\\<img\\>');
});
