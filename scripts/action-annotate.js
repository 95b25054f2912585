// For action.yml: findings of a report as annotations of the workflow run, and its verdict as an output of the step.
import { appendFileSync, readFileSync } from 'node:fs';

const [reportFile = '', outputFile = ''] = process.argv.slice(2);
const report = JSON.parse(readFileSync(reportFile, 'utf8'));

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions: what would end a command is escaped. */
const escapeData = (text) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const escapeProperty = (text) => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');

const LEVELS = { error: 'error', warning: 'warning' };

for (const { severity, id, hop, title, explanation, fixes } of report.findings) {
  const level = LEVELS[severity];
  if (level === undefined) continue;
  const [fix] = fixes;
  const lines = [`${title} at ${hop} (${id})`, explanation];
  if (fix !== undefined) lines.push(`Fix in ${fix.where}:`, fix.change);
  process.stdout.write(
    `::${level} title=${escapeProperty(`unclog: ${title}`)}::${escapeData(lines.join('\n'))}\n`,
  );
}

appendFileSync(outputFile, `verdict=${report.verdict}\n`);
