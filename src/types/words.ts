/** Header fields as on the wire: order, case and repeats kept. */
export type HeaderList = [name: string, value: string][];

/** The verdict of a hop, worst first: the overall verdict is the first of these that some hop has. */
export const VERDICTS = [
  'altered',
  'cut',
  'held',
  'not-a-stream',
  'no-events',
  'unreachable',
  'inconclusive',
  'streaming',
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** How a hop holds: see the table in docs/how-it-judges.md. */
export const HOLD_KINDS = [
  'until-close',
  'until-full',
  'for-time',
  'constant',
  'one-behind',
  'head-only',
  'initial',
  'unknown',
] as const;

export type HoldKind = (typeof HOLD_KINDS)[number];

export const FINDING_IDS = [
  'held-until-close',
  'held-until-full',
  'held-for-time',
  'held-constant',
  'held-one-behind',
  'head-held',
  'held-initially',
  'held-unknown',
  'compressed-unflushed',
  'compressed',
  'cut-when-idle',
  'cut-by-age',
  'timed-out-before-head',
  'truncated',
  'wrong-content-type',
  'http-status',
  'fixed-length',
  'served-from-cache',
  'events-lost',
  'events-duplicated',
  'events-reordered',
  'events-rewritten',
  'last-event-id-dropped',
  'abort-not-propagated',
  'request-body-held',
  'opt-out-stripped',
  'missing-opt-out',
  'missing-no-transform',
  'http-1-0',
  'http-1-connection-limit',
  'bursty-origin',
  'slow-first-event',
  'slow-backend',
  'look-at-client',
  'no-events',
  'unreachable',
  'tls-inspection',
  'overloaded-prober',
] as const;

export type FindingId = (typeof FINDING_IDS)[number];

export type Severity = 'error' | 'warning' | 'info';

export type Confidence = 'proven' | 'likely' | 'possible';

/** What lateness was judged against: see CONTRACT `holdBasis` in docs/report.md. */
export type HoldBasis = 'stamps' | 'stamps-relative' | 'first-hop' | 'trigger' | 'pace' | 'none';

/** How an answer's end was marked on the wire (RFC 9112 section 6.3); `unknown`: a browser does not show it. */
export type Framing = 'chunked' | 'content-length' | 'close' | 'none' | 'h2' | 'unknown';

export type EndReason = 'complete' | 'closed' | 'truncated' | 'reset' | 'stopped-by-probe';
