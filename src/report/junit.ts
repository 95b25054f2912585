import type { Finding, Report, ReportHop } from '../types.ts';
import { escapeXml, escapeXmlLines } from './escape-xml.ts';
import { formatText } from './text.ts';
import { evidenceValue, headline, verdictTone, verdictWord } from './words.ts';

interface Case {
  name: string;
  seconds: number;
  /** Element inside, or null for a passed case. */
  problem: { element: 'failure' | 'error'; type: string; message: string; body: string } | null;
}

/**
 * The report for CI servers: one test suite, one case per hop. A hop fails by its verdict or a finding of severity
 * `error`; a hop that could not be measured is an `error`, as a test that could not run.
 */
export function formatJunit(report: Report): string {
  const cases = report.hops.map((hop) => hopCase(hop, report));
  const names = new Set(report.hops.map(({ name }) => name));
  const elsewhere = errorsOf(report).filter(({ hop }) => !names.has(hop));
  for (const finding of elsewhere)
    cases.push({ name: finding.hop, seconds: 0, problem: findingProblem([finding]) });
  const tally = (element: string): number =>
    cases.filter(({ problem }) => problem?.element === element).length;
  const total = cases.reduce((sum, { seconds }) => sum + seconds, 0);
  const numbers = `tests="${cases.length}" failures="${tally('failure')}" errors="${tally('error')}" skipped="0" time="${total.toFixed(3)}"`;
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

function errorsOf(report: Report): Finding[] {
  return report.findings.filter(({ severity }) => severity === 'error');
}

function hopCase(hop: ReportHop, report: Report): Case {
  const base = { name: hop.name, seconds: hop.timings.totalMs / 1_000 };
  const errors = errorsOf(report).filter((finding) => finding.hop === hop.name);
  if (errors.length > 0) return { ...base, problem: findingProblem(errors) };
  if (hop.verdict === 'streaming') return { ...base, problem: null };
  const message = `${verdictWord(hop.verdict)}: ${headline({ ...report, verdict: hop.verdict, hops: [hop] })}`;
  const element = verdictTone(hop.verdict) === 'bad' ? 'failure' : 'error';
  return { ...base, problem: { element, type: hop.verdict, message, body: hop.url } };
}

/** One element for all: many readers show only the first of a case. */
function findingProblem(findings: Finding[]): Case['problem'] {
  const body = findings.map(findingBody).join('\n\n');
  return {
    element: 'failure',
    type: findings[0]?.id ?? '',
    message: findings.map(({ title }) => title).join('; '),
    body,
  };
}

function findingBody({ id, confidence, title, explanation, evidence, fixes }: Finding): string {
  return [
    `${title} [${id}, ${confidence}]`,
    explanation,
    ...evidence.map(
      ({ expected, ...one }) =>
        `${one.what}: ${evidenceValue(one)}${expected === undefined ? '' : ` (expected ${expected})`}`,
    ),
    ...fixes.map(({ where, change, source }) => `fix in ${where}:\n${change}\n${source}`),
  ].join('\n');
}

function caseElement({ name, seconds, problem }: Case): string {
  const open = `    <testcase classname="unclog" name="${escapeXml(name)}" time="${seconds.toFixed(3)}"`;
  if (problem === null) return `${open}/>`;
  const { element, type, message, body } = problem;
  const attributes = `type="${escapeXml(type)}" message="${escapeXml(message)}"`;
  return `${open}>\n      <${element} ${attributes}>${escapeXmlLines(body)}</${element}>\n    </testcase>`;
}
