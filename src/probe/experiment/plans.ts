import type { Factor, HeaderList, SenderFactor } from '../../types.ts';
import type { HttpVersionChoice, ObserveOptions } from '../targets.ts';

/** A stream to ask the origin for. */
export interface StreamPlan {
  /** What makes it differ from the other streams: `40 B`, `2 kB compressible`, … */
  stream: string;
  events: number;
  /** From its head to its last event. */
  lengthMs: number;
  /** Parameters of the origin's `stream` and `lockstep`. */
  query: Readonly<Record<string, string>>;
  headers?: HeaderList;
  method?: 'GET' | 'POST';
  body?: Buffer;
  /** How the request is sent, where that differs from what the user asked for. */
  observe?: Partial<ObserveOptions>;
}

const EVENTS = 22;
/** No near fraction of the 200 ms of common timers: which events leave together does not depend on a little noise. */
const INTERVAL_MS = 90;

function steady(stream: string, size: string, fill: 'random' | 'repeated'): StreamPlan {
  return {
    stream,
    events: EVENTS,
    lengthMs: EVENTS * INTERVAL_MS,
    query: { events: String(EVENTS), interval: `${INTERVAL_MS}ms`, size, fill },
  };
}

/** What the verdict is about: the control first, then its variants in the order in which they are preferred for the report. */
export const CONTROL: StreamPlan = steady('40 B', '40', 'random');
export const SIZE_VARIANTS: readonly StreamPlan[] = [
  steady('600 B', '600', 'random'),
  steady('600 B compressible', '600', 'repeated'),
  steady('2 kB', '2k', 'random'),
  steady('2 kB compressible', '2k', 'repeated'),
];

/** The head is sent at once and the first event much later; then the stream falls silent once more. */
export const QUIET: StreamPlan = {
  stream: '40 B with quiet gaps',
  events: 10,
  lengthMs: 1_500 + 2_000 + 8 * INTERVAL_MS,
  query: {
    events: '10',
    interval: `${INTERVAL_MS}ms`,
    size: '40',
    'first-delay': '1500ms',
    'quiet-after': '5',
    quiet: '2s',
  },
};

/** One event and the end: whether anything comes at all. */
export const SHORT: StreamPlan = {
  stream: 'one event',
  events: 1,
  lengthMs: 50,
  query: { events: '1', interval: '10ms', size: '40' },
};

const LONG_INTERVAL_MS = 500;

/** As long as the user said to watch. */
export function longPlan(durationMs: number): StreamPlan {
  const events = Math.max(2, Math.min(1_000, Math.round(durationMs / LONG_INTERVAL_MS)));
  return {
    stream: '40 B for the whole duration',
    events,
    lengthMs: events * LONG_INTERVAL_MS,
    query: { events: String(events), interval: `${LONG_INTERVAL_MS}ms`, size: '40' },
  };
}

/** Streams of the lockstep endpoint: few events, since each waits for an acknowledgement. */
export const LOCKSTEP_EVENTS = 8;
export const LOCKSTEPS: readonly StreamPlan[] = [CONTROL, ...SIZE_VARIANTS.filter(isCompressible)].map(
  lockstepPlan,
);

function isCompressible({ query }: StreamPlan): boolean {
  return query.fill === 'repeated';
}

/** The same stream, paced by acknowledgements. */
export function lockstepPlan({ stream, query, ...rest }: StreamPlan): StreamPlan {
  const { interval: _, events: __, ...kept } = query;
  return { ...rest, stream, events: LOCKSTEP_EVENTS, lengthMs: 0, query: kept };
}

/** What a sender changes, as parameters of the origin's streams. */
const SENDER_CHANGES: Readonly<Record<SenderFactor, { value: string; query: Record<string, string> }>> = {
  'x-accel-buffering': { value: 'no', query: { 'opt-out': 'x-accel-buffering' } },
  incremental: { value: '?1', query: { 'opt-out': 'incremental' } },
  'no-transform': { value: 'Cache-Control', query: { 'opt-out': 'no-transform' } },
  'content-type': { value: 'application/x-ndjson', query: { type: 'application/x-ndjson' } },
  framing: { value: 'close', query: { framing: 'close' } },
  padding: { value: '16 kB comment first', query: { opening: '16k' } },
  heartbeat: { value: 'a comment every 25 ms', query: { heartbeat: '25ms' } },
};

export function senderValue(factor: SenderFactor): string {
  return SENDER_CHANGES[factor].value;
}

/** The stream with these changes by its sender. */
export function withChanges(plan: StreamPlan, factors: readonly SenderFactor[]): StreamPlan {
  const query: Record<string, string> = { ...plan.query };
  for (const factor of factors) {
    for (const [name, value] of Object.entries(SENDER_CHANGES[factor].query)) {
      query[name] = name === 'opt-out' && query[name] !== undefined ? `${query[name]},${value}` : value;
    }
  }
  return { ...plan, query };
}

/** A change that is not the sender's: the client asks in another way. */
export interface ClientChange {
  factor: Factor;
  value: string;
  change(plan: StreamPlan): StreamPlan;
}

const BODY = Buffer.from('{"unclog":"experiment"}');

const CLIENT_CHANGES: readonly ClientChange[] = [
  {
    factor: 'accept',
    value: '*/*',
    change: (plan) => ({ ...plan, headers: [...(plan.headers ?? []), ['Accept', '*/*']] }),
  },
  {
    factor: 'accept-encoding',
    value: 'identity',
    change: (plan) => ({ ...plan, headers: [...(plan.headers ?? []), ['Accept-Encoding', 'identity']] }),
  },
  {
    factor: 'method',
    value: 'POST',
    change: (plan) => ({
      ...plan,
      method: 'POST',
      body: BODY,
      headers: [...(plan.headers ?? []), ['Content-Type', 'application/json']],
    }),
  },
];

/** How the streams are asked for that nothing was changed in. */
export interface SpokenVersion {
  isTls: boolean;
  asked: HttpVersionChoice;
  /** What the answer came in; null: none came. */
  answered: string | null;
}

/** The versions to try beside the one that is spoken anyway: without TLS, HTTP/2 takes prior knowledge (RFC 9113 section 3.3). */
export function otherVersions({ isTls, asked, answered }: SpokenVersion): HttpVersionChoice[] {
  const isHttp2 = answered === '2' || asked === '2-prior-knowledge';
  // A hop may answer a request of HTTP/1.0 with 1.1: what was asked in counts.
  const spoken = isHttp2 ? '2' : asked === '1.0' ? '1.0' : '1.1';
  const all = ['1.0', '1.1', '2'] as const;
  return all
    .filter((one) => one !== spoken)
    .map((one) => (one === '2' && !isTls ? '2-prior-knowledge' : one));
}

/** What a client can do in another way. */
export function clientChanges(spoken: SpokenVersion): ClientChange[] {
  const versions = otherVersions(spoken).map((version): ClientChange => {
    const observe: Partial<ObserveOptions> = { httpVersion: version };
    const change = (plan: StreamPlan): StreamPlan => ({ ...plan, observe });
    return { factor: 'http-version', value: version, change };
  });
  return [...CLIENT_CHANGES, ...versions];
}

/** A refusal of the version itself, and not of the stream. */
const NOT_SPOKEN_STATUSES: ReadonlySet<number> = new Set([400, 426, 505]);

/** Did the hop answer in the version that was asked for? An answer of HTTP/1.1 to a request of 1.0 is as it should be. */
export function isSpoken(
  version: string,
  response: { status: number; httpVersion: string } | null,
): response is { status: number; httpVersion: string } {
  if (response === null || NOT_SPOKEN_STATUSES.has(response.status)) return false;
  return version.startsWith('2') === (response.httpVersion === '2');
}
