import { showMs } from '../knowledge/phrases.ts';
import type { Finding, Fix, Report, ReportHop } from '../types.ts';
import { experimentRows, fixSentences, measuredLines } from './experiment-words.ts';
import { printable, printableLines } from './printable.ts';
import { ASCII_MARKS, axisFor, axisRow, legend, timelineRow, worthDrawing } from './timeline-row.ts';
import {
  evidenceValue,
  headline,
  seenProducts,
  toldFindings,
  verdictTone,
  verdictWord,
  worstHold,
} from './words.ts';
import { protocolWords, shareWords } from './words-of-hops.ts';

const TIMELINE_COLUMNS = 64;
const NAME_COLUMNS = 14;

/** The report for an issue or a pull request: GitHub's Markdown, which GitLab, Gitea and Forgejo read, too. */
export function formatMarkdown(report: Report): string {
  const { main, warnings, infos } = toldFindings(report);
  const sign = { good: ':white_check_mark:', bad: ':x:', unknown: ':grey_question:' }[
    verdictTone(report.verdict)
  ];
  const blocks = [
    `### ${sign} ${prose(verdictWord(report.verdict))}: ${prose(headline(report))}`,
    table(report.hops),
    [shareWords(report), ...protocolWords(report)]
      .flatMap((text) => (text === null ? [] : [`- ${prose(text)}`]))
      .join('\n'),
    timeline(report.hops),
    ...experiments(report),
    ...[...main, ...warnings].map((finding) => findingBlock(finding)),
    infos.length === 0
      ? ''
      : infos.map(({ id, hop, title }) => `- ${prose(title)} at ${code(hop)} (\`${id}\`)`).join('\n'),
    ...report.warnings.map((warning) => `> Note: ${prose(warning)}`),
    report.next === null ? '' : `Next:\n\n${fence(report.next, 'sh')}`,
    `<sub>unclog ${report.tool.version}, ${report.startedAt}</sub>`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function table(hops: ReportHop[]): string {
  if (hops.length === 0) return '';
  const rows = hops.map((hop) => [
    code(hop.name),
    code(hop.url),
    prose(verdictWord(hop.verdict)),
    ms(hop.timings.responseHeadMs),
    ms(hop.timings.firstEventMs),
    prose(worstHold(hop)),
    String(hop.events.count),
    seenProducts(hop) === '' ? '' : code(seenProducts(hop)),
  ]);
  return [
    '| hop | URL | verdict | head | first event | worst hold | events | via |',
    '|---|---|---|--:|--:|--:|--:|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

/** Experiment mode: the smallest change, a row for each factor, and what else was measured. */
function experiments(report: Report): string[] {
  if (report.mode !== 'experiment') return [];
  const rows = experimentRows(report).map(({ hop, factor, verdict, hold, effect }) =>
    [code(hop), prose(factor), prose(verdict), prose(hold), prose(effect)].join(' | '),
  );
  const fix = report.minimalFix === null ? [] : fixSentences(report.minimalFix).filter((text) => text !== '');
  const measured = report.hops.flatMap((hop) => measuredLines(hop, report.hops.length > 1));
  return [
    fix.map((text, i) => (i === 0 ? `**${prose(text)}**` : prose(text))).join('\n\n'),
    rows.length === 0
      ? ''
      : ['| hop | varied | verdict | worst hold | effect |', '|---|---|---|--:|---|']
          .concat(rows.map((row) => `| ${row} |`))
          .join('\n'),
    measured.map((line) => `- ${prose(line)}`).join('\n'),
  ];
}

function timeline(hops: ReportHop[]): string {
  if (!worthDrawing(hops)) return '';
  const axis = axisFor(hops, TIMELINE_COLUMNS);
  const rows = hops.map((hop) => timelineRow(hop, axis, ASCII_MARKS));
  const name = (text: string): string =>
    printable(text, false)
      .slice(0, NAME_COLUMNS)
      .padEnd(NAME_COLUMNS + 2);
  const lines = [
    `${name('')}${axisRow(axis)}`,
    ...hops.map((hop, i) => `${name(hop.name)}${rows[i]}`),
    `${name('')}${legend(hops, rows, ASCII_MARKS)}`,
  ];
  return fence(lines.map((line) => line.trimEnd()).join('\n'), 'text');
}

function findingBlock(finding: Finding): string {
  const { severity, id, confidence, hop, title, explanation, evidence, fixes, doesNothing, docs } = finding;
  const measured = evidence.map(
    ({ expected, ...one }) =>
      `- ${prose(one.what)}: ${code(evidenceValue(one))}${expected === undefined ? '' : ` (expected ${prose(expected)})`}`,
  );
  const [best, ...others] = fixes;
  const blocks = [
    `**${severity}: ${prose(title)}** at ${code(hop)} (\`${id}\`, ${confidence})`,
    prose(explanation),
    measured.join('\n'),
    best === undefined ? '' : `Fix ${fixBlock(best)}`,
    others.length === 0 ? '' : `<details><summary>Other fixes: ${others.length}</summary>`,
    ...others.map((fix) => fixBlock(fix)),
    others.length === 0 ? '' : '</details>',
    doesNothing === undefined
      ? ''
      : `Often tried, does nothing:\n\n${doesNothing.map((one) => `- ${code(one.advice)}: ${prose(one.why)} (${one.standing})`).join('\n')}`,
    docs === undefined ? '' : `More: ${/^https:\/\/[^\s<>]+$/.test(docs) ? `<${docs}>` : code(docs)}`,
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function fixBlock({ where, change, proven, config, source, section, versions, standing }: Fix): string {
  const tested = proven ? `tested${config === null ? '' : ` (${code(config)})`}` : standing;
  const notes = [section, versions].flatMap((note) => (note === undefined ? [] : [`, ${prose(note)}`]));
  return `in ${prose(where)}${notes.join('')}${tested === undefined ? '' : `, ${tested}`}:\n\n${fence(change)}\n\n${/^https?:\/\/[^\s<>]+$/.test(source) ? `<${source}>` : prose(source)}`;
}

function ms(value: number | null): string {
  return value === null ? '-' : showMs(value);
}

/** A code span: nothing inside is markup, a mention or a link. Safe in a table, where `|` alone would end the cell. */
function code(text: string): string {
  const safe = printable(text, true).replace(/\|/g, '\\|');
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  // CommonMark 6.1: one blank at each end is dropped again; it keeps a backtick or nothing at the edge apart.
  return longest > 0 || safe.trim() === '' ? `${ticks} ${safe} ${ticks}` : `${ticks}${safe}${ticks}`;
}

/** Running text with every character that could start markup escaped, and no mention or issue reference left alive. */
function prose(text: string): string {
  return printable(text, true)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/`/g, '&#96;')
    .replace(/[\\*_{}[\]()!|~]/g, '\\$&')
    .replace(/@|(?<!&)#/g, '$&&#8203;')
    .replace(/(^|\s)([-+>]|\d+\.)(?=\s)/, '$1\\$2')
    .replace(/:\/\//g, ':&#8203;//');
}

function fence(text: string, language = ''): string {
  const lines = printableLines(text, true).join('\n').replace(/\n+$/, '');
  const longest = Math.max(2, ...(lines.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${lines}\n${ticks}`;
}
