import type { Evidence, Finding, Fix, Report } from '../types.ts';
import { columnsOf, cutEnd, printableLines, wrap } from './printable.ts';
import type { TextStyle } from './text-style.ts';
import { BASIS_WORDS, culprit, evidenceValue, toldFindings } from './words.ts';

/** Columns of the labels at the left. */
const LABEL = 10;
const CODE_INDENT = '    ';
/** Beyond these a screen overflows; every other format has all of them. */
const MOST_EXPLANATION_LINES = 4;
const MOST_LINES_A_SENTENCE = 6;
const MOST_EVIDENCE = 7;
const MOST_LINES_A_VALUE = 2;
const MOST_OTHER_FIXES = 3;
const MOST_USELESS = 2;
const MOST_TAG_COLUMNS = 24;

/** Everything below the table: errors in full, warnings a line each, infos together, then notes and the next command. */
export function findingLines(report: Report, style: TextStyle): string[][] {
  const { main, warnings, infos } = toldFindings(report);
  const groups = sameCause(style.verbose ? [...main, ...warnings, ...infos] : main);
  const several = report.hops.length > 1;
  const mostFixes = style.verbose ? Number.POSITIVE_INFINITY : groups.length > 1 ? 1 : MOST_OTHER_FIXES;
  const told = new Set<string>();
  const blocks = groups.map((group) => mainLines(group, several, told, mostFixes, style));
  const rest = [
    ...basisLines(report, style),
    ...(style.verbose ? [] : shortLines(report, style)),
    ...report.warnings.flatMap((warning) => labelled('note', wrapped(warning, style), style)),
    ...nextLines(report.next, style),
  ];
  return [...blocks, rest];
}

function shortLines(report: Report, style: TextStyle): string[] {
  const { main, warnings, infos } = toldFindings(report);
  const several = report.hops.length > 1;
  return [
    ...titleLines('warning', warnings, several, style),
    // Beside an error there is no room for what is only good to know.
    ...(main.length === 0 ? titleLines('info', infos, several, style) : infoLines(infos, several, style)),
  ];
}

/** The same finding on several hops with the same cure is told once. */
function sameCause(findings: Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.id, finding.fixes]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

function labelled(label: string, lines: string[], style: TextStyle): string[] {
  return lines.map((line, i) =>
    i === 0 ? `${style.colors.bold(label.padEnd(LABEL))}${line}` : `${' '.repeat(LABEL)}${line}`,
  );
}

function wrapped(text: string, style: TextStyle): string[] {
  return wrap(style.safe(text), style.width - LABEL, true);
}

function mainLines(
  group: Finding[],
  several: boolean,
  told: Set<string>,
  mostFixes: number,
  style: TextStyle,
): string[] {
  const [finding, ...others] = group;
  if (finding === undefined) return [];
  const also = others.length === 0 ? '' : `, also at ${others.map(({ hop }) => hop).join(', ')}`;
  const where = several ? ` at ${finding.hop}${also}` : '';
  const title = tagged(`${finding.title}${where}`, `[${finding.id}, ${finding.confidence}]`, style);
  const explanation = firstSentences(finding.explanation, style);
  // One line often cures what two findings are about.
  const first = JSON.stringify(finding.fixes[0] ?? null);
  const again = finding.fixes.length > 0 && told.has(first);
  told.add(first);
  return [
    ...labelled(labelOf(finding, style), [...title, ...explanation], style),
    ...labelled('evidence', evidenceLines(finding.evidence, style), style),
    ...(again ? labelled('fix', ['the same as above'], style) : fixLines(finding, mostFixes, style)),
    ...(again ? [] : uselessLines(finding, style)),
    ...(finding.docs === undefined ? [] : labelled('page', [style.safe(finding.docs)], style)),
  ];
}

function labelOf({ severity, confidence }: Finding, { verbose }: TextStyle): string {
  if (verbose && severity !== 'error') return severity;
  return confidence === 'possible' ? 'cause?' : 'cause';
}

/** As many whole sentences as there is room for, one at least. */
function firstSentences(text: string, style: TextStyle): string[] {
  if (text.trim() === '') return [];
  if (style.verbose) return wrapped(text, style);
  let [lines, shown] = [[] as string[], ''];
  for (const sentence of text.split(/(?<=[.!?]) +(?=[A-Z])/)) {
    shown = shown === '' ? sentence : `${shown} ${sentence}`;
    const longer = wrapped(shown, style).slice(0, MOST_LINES_A_SENTENCE);
    if (lines.length > 0 && longer.length > MOST_EXPLANATION_LINES) return lines;
    lines = longer;
  }
  return lines;
}

/** A text and a tag that is not torn apart. */
function tagged(text: string, tag: string, style: TextStyle): string[] {
  const lines = wrapped(text, style);
  const last = lines.pop() ?? '';
  const fits = columnsOf(last) + 1 + tag.length <= style.width - LABEL;
  return [...lines, ...(fits ? [`${last} ${tag}`] : [last, tag])];
}

/** Short measurements share a line. */
function evidenceLines(evidence: Evidence[], style: TextStyle): string[] {
  const most = style.verbose ? evidence.length : MOST_EVIDENCE;
  const texts = evidence.slice(0, most).map((one) => {
    const { what, expected } = one;
    const beside = expected === undefined ? '' : ` (expected ${expected})`;
    return style.safe(`${what}: ${evidenceValue(one)}${beside}`);
  });
  const left = evidence.length - most;
  if (left > 0) texts.push(`${left} more in --format json`);
  const lines: string[] = [];
  for (const text of texts) {
    const joined = `${lines.at(-1) ?? ''}; ${text}`;
    if (lines.length > 0 && columnsOf(joined) <= style.width - LABEL) lines[lines.length - 1] = joined;
    else lines.push(...wrapped(text, style).slice(0, style.verbose ? undefined : MOST_LINES_A_VALUE));
  }
  return lines;
}

function fixLines(finding: Finding, mostOthers: number, style: TextStyle): string[] {
  const [best, ...others] = finding.fixes;
  if (best === undefined) return [];
  const lines = wholeFix(best, style);
  const shown = others.slice(0, mostOthers);
  const more = others.length - shown.length;
  return [
    ...labelled('fix', lines, style),
    ...sourceLine(best, style),
    ...shown.flatMap((fix) =>
      labelled('or', style.verbose ? wholeFix(fix, style) : [otherFix(fix, style)], style),
    ),
    ...(more > 0 ? labelled('', [`${more} more: unclog explain ${finding.id}`], style) : []),
  ];
}

function wholeFix(fix: Fix, style: TextStyle): string[] {
  return [...wrapped(`${where(fix)}${notes(fix)}:`, style), ...changeLines(fix, style)];
}

/** What is often tried and does nothing: named, so that nobody spends an evening on it. */
function uselessLines({ doesNothing }: Finding, style: TextStyle): string[] {
  if (style.verbose)
    return (doesNothing ?? []).flatMap(({ advice, why, standing }) =>
      labelled('no use', wrapped(`${advice}: ${why} (${standing})`, style), style),
    );
  const advice = (doesNothing ?? []).slice(0, MOST_USELESS).map((one) => one.advice);
  return advice.length === 0 ? [] : labelled('no use', wrapped(`${advice.join('; ')}`, style), style);
}

/** Where it goes, and whether it was tested. */
function notes({ proven, config, section, versions, standing }: Fix): string {
  const tested = proven ? `tested${config === null ? '' : `: ${config}`}` : standing;
  const list = [section, versions, tested].filter((note) => note !== undefined);
  return list.length === 0 ? '' : ` (${list.join('; ')})`;
}

function where(fix: Fix): string {
  if (fix.where === 'origin') return 'at the origin';
  if (fix.where === 'client') return 'in the client';
  if (fix.where === 'gateway') return 'with the gateway';
  return `in ${fix.where}`;
}

/** Where the fix is documented; an address that is too long for the indent moves to the left. */
function sourceLine(fix: Fix, style: TextStyle): string[] {
  const source = style.safe(fix.source);
  if (source === '') return [];
  return [`${' '.repeat(Math.max(0, Math.min(LABEL, style.width - columnsOf(source))))}${source}`];
}

/** The lines to paste: never cut, folded at spaces only where they would not fit. */
function changeLines(fix: Fix, style: TextStyle): string[] {
  const room = style.width - LABEL - CODE_INDENT.length;
  return printableLines(fix.change, style.unicode).flatMap((line) => {
    if (line.length <= room) return [`${CODE_INDENT}${style.colors.cyan(line)}`];
    const indent = `${CODE_INDENT}${/^ */.exec(line)?.[0] ?? ''}`;
    const [first = '', ...more] = wrap(line.trim(), style.width - LABEL - indent.length - 2);
    return [
      `${indent}${style.colors.cyan(first)}`,
      ...more.map((part) => `${indent}  ${style.colors.cyan(part)}`),
    ];
  });
}

function otherFix(fix: Fix, style: TextStyle): string {
  const lines = printableLines(fix.change, style.unicode).filter((line) => line !== '');
  // Remarks stand apart from what is to be pasted; here is only room for the latter.
  const change = lines
    .map((line) => line.replace(/\s{2,}(\(.*\)|#.*)$/, '').trim())
    .filter((line) => line !== '');
  return cutEnd(`${style.safe(where(fix))}: ${change.join(' ')}`, style.width - LABEL);
}

/** A line for each finding: its title, its id, where. */
function titleLines(label: string, findings: Finding[], several: boolean, style: TextStyle): string[] {
  return sameCause(findings).flatMap((group) => {
    const [finding] = group;
    if (finding === undefined) return [];
    const hops = several ? ` at ${group.map(({ hop }) => hop).join(', ')}` : '';
    const tag = `[${finding.id}${cutEnd(style.safe(hops), MOST_TAG_COLUMNS)}]`;
    const title = cutEnd(style.safe(finding.title), style.width - LABEL - columnsOf(tag) - 1);
    return labelled(label, [`${title} ${tag}`], style);
  });
}

function infoLines(infos: Finding[], several: boolean, style: TextStyle): string[] {
  if (infos.length === 0) return [];
  const list = sameCause(infos).map((group) => {
    const hops = several ? ` (${group.map(({ hop }) => hop).join(', ')})` : '';
    return `${group[0]?.id}${hops}`;
  });
  const ids = new Set(infos.map(({ id }) => id));
  const more = `unclog explain ${ids.size === 1 ? [...ids][0] : 'ID'}`;
  return labelled('also', wrapped(`${list.join(', ')}: ${more}`, style), style);
}

/** A calm verdict says what it rests on: without stamps or a nearer hop, lateness cannot be seen. */
function basisLines(report: Report, style: TextStyle): string[] {
  const hop = culprit(report);
  if (report.verdict !== 'streaming' || hop === null) return [];
  const weakest = report.hops.find(({ events }) => events.holdBasis === 'none') ?? hop;
  const { holdBasis, clockErrorMs } = weakest.events;
  const error = clockErrorMs === null ? '' : `, clock error ${clockErrorMs} ms`;
  return labelled('judged', wrapped(`by ${BASIS_WORDS[holdBasis]}${error}`, style), style);
}

/** The command over several lines if need be, joined by backslashes: it stays one command when pasted. */
function nextLines(next: string | null, style: TextStyle): string[] {
  if (next === null) return [];
  const room = style.width - LABEL - 2;
  const lines: string[] = [];
  // Words of a shell command: quoted parts keep their blanks.
  for (const word of style.safe(next).match(/(?:'[^']*'|"[^"]*"|[^\s'"])+|['"]\S*/g) ?? []) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return labelled(
    'next',
    lines.map((line, i) => (i === 0 ? line : `  ${line}`) + (i < lines.length - 1 ? ' \\' : '')),
    style,
  );
}
