import type { Report, Verdict } from '../types.ts';

/** Exit codes of the command line; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** The stream is not delivered as it should be, or (servers) the command failed. */
  failed: 1,
  /** Bad usage or configuration; nothing was sent. */
  usage: 2,
  /** No judgement was possible. */
  unknown: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BROKEN: readonly Verdict[] = ['held', 'cut', 'altered', 'not-a-stream'];

/** The exit code of `probe` for a report. */
export function exitCodeOf(report: Pick<Report, 'hops' | 'findings'>): ExitCode {
  const broken = report.hops.some((hop) => BROKEN.includes(hop.verdict));
  if (broken || report.findings.some((finding) => finding.severity === 'error')) return EXIT.failed;
  return report.hops.every((hop) => hop.verdict === 'streaming') ? EXIT.ok : EXIT.unknown;
}
