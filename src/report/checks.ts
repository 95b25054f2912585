import type { Finding, FindingId, Report, ReportHop, Verdict } from '../types.ts';

/** What every hop is tested for, in the order in which one thing depends on another. */
export const CHECKS = ['answers with a stream', 'on time', 'stays open', 'nothing lost or changed'] as const;
export type Check = (typeof CHECKS)[number];

/** Check of each finding; what is not here is about the answer as such. */
const CHECK_OF_FINDING: Partial<Record<FindingId, Check>> = {
  'held-until-close': 'on time',
  'held-until-full': 'on time',
  'held-for-time': 'on time',
  'held-constant': 'on time',
  'held-one-behind': 'on time',
  'head-held': 'on time',
  'held-initially': 'on time',
  'held-unknown': 'on time',
  'compressed-unflushed': 'on time',
  compressed: 'on time',
  'missing-opt-out': 'on time',
  'missing-no-transform': 'on time',
  'opt-out-stripped': 'on time',
  'bursty-origin': 'on time',
  'slow-first-event': 'on time',
  'slow-backend': 'on time',
  'request-body-held': 'on time',
  'cut-when-idle': 'stays open',
  'cut-by-age': 'stays open',
  'timed-out-before-head': 'stays open',
  truncated: 'stays open',
  'abort-not-propagated': 'stays open',
  'events-lost': 'nothing lost or changed',
  'events-duplicated': 'nothing lost or changed',
  'events-reordered': 'nothing lost or changed',
  'events-rewritten': 'nothing lost or changed',
  'last-event-id-dropped': 'nothing lost or changed',
};

const CHECK_OF_VERDICT: Readonly<Record<Verdict, Check>> = {
  held: 'on time',
  cut: 'stays open',
  altered: 'nothing lost or changed',
  'not-a-stream': 'answers with a stream',
  'no-events': 'answers with a stream',
  unreachable: 'answers with a stream',
  // Something came, and whether it was late cannot be told.
  inconclusive: 'on time',
  streaming: 'answers with a stream',
};

/** Verdicts after which nothing else of the hop could be tested. */
const NOTHING_CAME: ReadonlySet<Verdict> = new Set(['not-a-stream', 'no-events', 'unreachable']);

/** What became of one check of one hop. */
export interface CheckResult {
  hop: ReportHop;
  check: Check;
  /** Findings of severity `error` that belong here. */
  errors: Finding[];
  /** The hop's verdict belongs here, and no finding says why. */
  byVerdict: boolean;
  /** Could not be tested, since another check before it failed. */
  skipped: boolean;
}

/** Every check of every hop, in order. */
export function checksOf(report: Report): CheckResult[] {
  return report.hops.flatMap((hop) => {
    const errors = report.findings.filter(({ severity, hop: at }) => severity === 'error' && at === hop.name);
    return CHECKS.map((check) => {
      const own = errors.filter(({ id }) => checkOf(id) === check);
      const byVerdict =
        errors.length === 0 && hop.verdict !== 'streaming' && CHECK_OF_VERDICT[hop.verdict] === check;
      const skipped = own.length === 0 && !byVerdict && untested(hop, check);
      return { hop, check, errors: own, byVerdict, skipped };
    });
  });
}

function checkOf(id: FindingId): Check {
  return CHECK_OF_FINDING[id] ?? 'answers with a stream';
}

function untested({ verdict, events }: ReportHop, check: Check): boolean {
  if (check === 'answers with a stream') return false;
  if (NOTHING_CAME.has(verdict)) return true;
  // Without a nearer hop or numbered events nobody knows what should have come.
  return check === 'nothing lost or changed' && events.lost === null && verdict !== 'altered';
}
