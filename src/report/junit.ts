import type { Finding, Report } from '../types.ts';
import { type CheckResult, checksOf } from './checks.ts';
import { escapeXml, escapeXmlLines } from './escape-xml.ts';
import { formatText } from './text.ts';
import { evidenceValue, headline, verdictTone, verdictWord } from './words.ts';

interface Problem {
  element: 'failure' | 'error';
  type: string;
  message: string;
  body: string;
}

interface Case {
  /** `edge: on time`. */
  name: string;
  seconds: number;
  /** Null for a passed case. */
  outcome: Problem | 'skipped' | null;
}

/**
 * The report for CI servers: one test suite, one case per hop and check. A check fails by a finding of severity `error`
 * or, where none says why, by the hop's verdict; a hop that could not be measured is an `error`, as a test that could not
 * run, and what could not be tested then is skipped.
 */
export function formatJunit(report: Report): string {
  const cases = checksOf(report).map((result) => checkCase(result, report));
  const names = new Set(report.hops.map(({ name }) => name));
  for (const finding of report.findings) {
    if (finding.severity === 'error' && !names.has(finding.hop))
      cases.push({ name: finding.hop, seconds: 0, outcome: findingProblem([finding]) });
  }
  const numbers = tallied(cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="unclog" ${numbers}>`,
    `  <testsuite name="unclog" ${numbers} timestamp="${escapeXml(report.startedAt.replace(/(\.\d+)?Z$/, ''))}">`,
    ...cases.map(caseElement),
    `    <system-out>${escapeXmlLines(formatText(report, { color: false, unicode: false }))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function tallied(cases: Case[]): string {
  const count = (wanted: string): number =>
    cases.filter(({ outcome }) => (typeof outcome === 'string' ? outcome : outcome?.element) === wanted)
      .length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`;
}

/** All checks of a hop watch the same stream: its time is counted once, with the first of them. */
function checkCase(result: CheckResult, report: Report): Case {
  const { hop, check, skipped } = result;
  const first = check === 'answers with a stream';
  return {
    name: `${hop.name}: ${check}`,
    seconds: first ? hop.timings.totalMs / 1_000 : 0,
    outcome: skipped ? 'skipped' : problemOf(result, report),
  };
}

function problemOf({ hop, errors, byVerdict }: CheckResult, report: Report): Problem | null {
  if (errors.length > 0) return findingProblem(errors);
  if (!byVerdict) return null;
  const message = `${verdictWord(hop.verdict)}: ${headline({ ...report, verdict: hop.verdict, hops: [hop] })}`;
  const element = verdictTone(hop.verdict) === 'bad' ? 'failure' : 'error';
  return { element, type: hop.verdict, message, body: hop.url };
}

/** One element for all: many readers show only the first of a case. */
function findingProblem(findings: Finding[]): Problem {
  return {
    element: 'failure',
    type: findings[0]?.id ?? '',
    message: findings.map(({ title }) => title).join('; '),
    body: findings.map(findingBody).join('\n\n'),
  };
}

function findingBody({ id, confidence, title, explanation, evidence, fixes, docs }: Finding): string {
  return [
    `${title} [${id}, ${confidence}]`,
    explanation,
    ...evidence.map(
      ({ expected, ...one }) =>
        `${one.what}: ${evidenceValue(one)}${expected === undefined ? '' : ` (expected ${expected})`}`,
    ),
    ...fixes.map(({ where, change, source }) => `fix in ${where}:\n${change}\n${source}`),
    ...(docs === undefined ? [] : [docs]),
  ].join('\n');
}

function caseElement({ name, seconds, outcome }: Case): string {
  const open = `    <testcase classname="unclog" name="${escapeXml(name)}" time="${seconds.toFixed(3)}"`;
  if (outcome === null) return `${open}/>`;
  if (outcome === 'skipped') return `${open}>\n      <skipped/>\n    </testcase>`;
  const { element, type, message, body } = outcome;
  const attributes = `type="${escapeXml(type)}" message="${escapeXml(message)}"`;
  return `${open}>\n      <${element} ${attributes}>${escapeXmlLines(body)}</${element}>\n    </testcase>`;
}
