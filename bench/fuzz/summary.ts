import type { Violation } from './ledger.ts';
import type { FuzzCase } from './make-case.ts';
import type { Profile } from './profile.ts';
import type { FuzzResult } from './run-fuzz.ts';

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/** What a run did, as text. */
export function describeResult(seed: number, profile: Profile, result: FuzzResult): string {
  const { start, end, statuses, operations } = result;
  const rows = [
    ['seed', `${seed}, profile ${profile}`],
    ['cases', `${result.cases} clients, ${result.upstreamRequests} requests reached the upstream`],
    ['time', `${(result.durationMs / 1_000).toFixed(0)} s`],
    [
      'answers',
      Object.entries(statuses)
        .map(([status, count]) => `${status}: ${count}`)
        .join(', '),
    ],
    ['honest clients', `${result.honest}, all in one process`],
    ...(operations === '' ? [] : [['met', operations]]),
    ['RSS', `${mib(start.rss)} after warming up, ${mib(end.rss)} at the end`],
    ['heap', `${mib(start.heapUsed)} after warming up, ${mib(end.heapUsed)} at the end`],
    ['descriptors', `${start.descriptors ?? '?'} at the start, ${end.descriptors ?? '?'} at the end`],
    ['violations', String(result.violations.length)],
  ];
  return rows.map(([name = '', value]) => `${name.padEnd(16)}${value}\n`).join('');
}

/** A violation with the bytes that lead to it. */
export function describeViolation({ kind, caseIndex, what, bytes }: Violation, of: FuzzCase | null): string {
  const lines = [`\nVIOLATION ${kind} (case ${caseIndex ?? 'unknown'}): ${what}`, bytes.slice(0, 1_000)];
  if (of !== null) {
    lines.push(`the client sends (hex): ${of.pieces.map(hex).join(' ')}; leaves: ${of.leaves}`);
    for (const answer of of.answers.values())
      lines.push(`the upstream answers (hex): ${answer.pieces.map(hex).join(' ')}; then: ${answer.ending}`);
  }
  return `${lines.join('\n')}\n`;
}
