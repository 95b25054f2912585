import { showMs } from '../knowledge/phrases.ts';
import { padEnd, padStart, printable, printableLines, wrap } from '../report/printable.ts';
import { ASCII_MARKS, axisFor, axisRow, legend, timelineRow } from '../report/timeline-row.ts';
import { verdictWord, worstHold } from '../report/words.ts';
import type { Finding, Fix } from '../types.ts';
import { DEMO_REQUESTS, DEMO_STREAM, DEMO_STREAM_MS, type DemoResult, type DemoRow } from './demo.ts';
import type { HopSource } from './hop.ts';
import type { PathId } from './stage.ts';

/** The summary is pasted into chats and tickets: no line is longer, and all of it is ASCII. */
const COLUMNS = 78;
const HEADERS = ['path', 'first event', 'worst hold', 'verdict'] as const;

/** What is going to happen: said before anything is sent. */
export function announcement(source: Pick<HopSource, 'kind' | 'name' | 'from'>): string {
  const { events, intervalMs, firstDelayMs } = DEMO_STREAM;
  const seconds = Math.ceil(DEMO_STREAM_MS / 1_000) + 1;
  return paragraph(
    `unclog demo: one stream on five paths, ${source.name} (${source.from}). ${events} events, one every ${intervalMs} ms, ` +
      `the first after ${showMs(firstDelayMs)}; ${DEMO_REQUESTS} requests, all to 127.0.0.1, about ${seconds} s.`,
  );
}

/** The table, when the events came, what was wrong, and the line that fixes it. */
export function comparison(result: DemoResult): string {
  return [table(result.rows), timelines(result.rows), ...explanation(result), outcome(result)].join('\n\n');
}

function table(rows: DemoRow[]): string {
  const direct = rows.find(({ id }) => id === 'direct');
  const cells = rows.map((row) => [
    row.title,
    row.hop.timings.firstEventMs === null ? '-' : showMs(row.hop.timings.firstEventMs),
    holdCell(row, direct),
    verdictCell(row),
  ]);
  const widths = HEADERS.map((header, column) =>
    Math.max(header.length, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 1 || column === 2 ? padStart(cell, width) : padEnd(cell, width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(HEADERS), rule, ...cells.map(line)].join('\n');
}

/** When the events came: what a table of numbers says, at a glance. */
function timelines(rows: DemoRow[]): string {
  const width = Math.max(...rows.map(({ title }) => title.length));
  const hops = rows.map(({ hop }) => hop);
  const axis = axisFor(hops, COLUMNS - width - 2);
  const drawn = hops.map((hop) => timelineRow(hop, axis, ASCII_MARKS));
  const lines = rows.map(({ title }, index) => `${padEnd(title, width)}  ${drawn[index]}`);
  const scale = `${padEnd('when events came', width)}  ${axisRow(axis)}`;
  return [scale, ...lines, legend(hops, drawn, ASCII_MARKS)].map((line) => line.trimEnd()).join('\n');
}

/** Where only the head waits, the events' own hold would read as if nothing were wrong. */
function holdCell({ hop }: DemoRow, direct: DemoRow | undefined): string {
  const head = hop.timings.responseHeadMs;
  const directHead = direct?.hop.timings.responseHeadMs ?? null;
  if (hop.hold?.kind !== 'head-only' || head === null || directHead === null) return worstHold(hop);
  return `head ${showMs(Math.max(0, head - directHead))}`;
}

function verdictCell({ hop }: DemoRow): string {
  return hop.hold?.kind === 'head-only' ? 'HELD (head only)' : verdictWord(hop.verdict);
}

function explanation({ source, rows }: DemoResult): string[] {
  const held = rows.find(({ id }) => id === 'held');
  const finding = held?.report.findings.find(({ hop, severity }) => hop === 'held' && severity === 'error');
  if (finding === undefined) return [];
  const wrong = `${finding.title}. ${finding.explanation}`;
  return [
    `What was wrong (${finding.id}, ${finding.confidence})\n${indented(wrong)}`,
    `The line that fixes it, in nginx (whole file: nginx/passthrough.conf)\n${pasted(nginxLine(finding))}`,
    `Without touching nginx: the gateway between nginx and your application\n${pasted(GATEWAY_LINE)}`,
    `What this shows\n${indented(provenance(source))}`,
  ];
}

const GATEWAY_LINE = 'unclog gateway --upstream http://127.0.0.1:8000';

/** The finding's own line for nginx. A guess's remark is left out: here it is known what holds. */
function nginxLine(finding: Finding): string {
  const fix: Fix | undefined = finding.fixes.find(({ where }) => where === 'nginx');
  return (fix?.change ?? 'proxy_buffering off;').replace(/\s+#.*$/gm, '');
}

function provenance(source: DemoResult['source']): string {
  const who =
    source.kind === 'simulated'
      ? 'A simulated hop (there is no nginx here, or --simulate was given) that holds by the rules of'
      : `${source.name} (${source.from}) with`;
  return (
    `${who} nginx/buffered.conf: proxy_http_version 1.0 and proxy_buffering on, the defaults of every nginx before ` +
    '1.29.7. Since then the default is proxy_http_version 1.1 with buffering still on, the last row: events flow, ' +
    'but the response head waits for the first one.'
  );
}

function outcome({ shown, fixed, rows }: DemoResult): string {
  const verdictOf = (id: PathId) => rows.find((row) => row.id === id)?.hop.verdict ?? 'unknown';
  if (!shown) return `NOT SHOWN: the path that should hold is "${verdictOf('held')}".`;
  if (!fixed)
    return `NOT FIXED: gateway "${verdictOf('gateway')}", the hop's own fix "${verdictOf('fixed')}".`;
  return 'OK: the failure was shown, and both fixes let the stream flow.';
}

function paragraph(text: string, columns = COLUMNS): string {
  return wrap(printable(text, false), columns).join('\n');
}

function indented(text: string): string {
  return paragraph(text, COLUMNS - 2).replace(/^/gm, '  ');
}

function pasted(lines: string): string {
  return printableLines(lines, false)
    .map((line) => `    ${line}`)
    .join('\n');
}
