import { FINDING_IDS, type Report, VERDICTS } from '../types.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { UsageError } from './usage-error.ts';

/** What `--fail-on` and `--allow` say. */
export interface VerdictRules {
  failOn: string[];
  allow: string[];
}

/** @throws UsageError for a word that is neither a verdict nor a finding */
export function readVerdictRules(argv: {
  failOn?: string[] | undefined;
  allow?: string[] | undefined;
}): VerdictRules {
  const findings: readonly string[] = FINDING_IDS;
  const verdicts: readonly string[] = VERDICTS;
  const failOn = splitList(argv.failOn);
  const allow = splitList(argv.allow);
  const unknown = failOn.find((word) => !findings.includes(word) && !verdicts.includes(word));
  if (unknown !== undefined)
    throw new UsageError(`--fail-on: "${unknown}" is neither a verdict nor a finding; see unclog explain`);
  const notFinding = allow.find((word) => !findings.includes(word));
  if (notFinding !== undefined)
    throw new UsageError(`--allow: "${notFinding}" is not a finding; see unclog explain`);
  return { failOn, allow };
}

function splitList(texts: string[] | undefined): string[] {
  return (texts ?? [])
    .flatMap((text) => text.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** The exit code for a report under these rules. */
export function judge(report: Report, { failOn, allow }: VerdictRules): ExitCode {
  const counted = report.findings.filter((finding) => !allow.includes(finding.id));
  const named = counted.some((finding) => failOn.includes(finding.id));
  if (named || report.hops.some((hop) => failOn.includes(hop.verdict))) return EXIT.failed;
  return exitCodeOf({ hops: report.hops, findings: counted });
}
