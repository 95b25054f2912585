import { buildReport, type ReportMeta } from '../../src/report/build-report.ts';
import type {
  EndReason,
  Finding,
  Fix,
  HeaderList,
  HopFacts,
  Observation,
  Report,
  TimelineEvent,
} from '../../src/types.ts';

/** What a made-up hop showed; everything else has a plain default. Times are from the start of its request. */
export interface HopSketch extends Partial<Omit<HopFacts, 'observation' | 'timeline'>> {
  url?: string;
  /** Where the request starts on the run's clock. Default 1,000, so that nobody mistakes one zero for the other. */
  startMs?: number;
  headMs?: number;
  status?: number;
  headers?: HeaderList;
  arrivalsMs?: number[];
  endMs?: number;
  endReason?: EndReason;
  /** No response: this error instead. */
  error?: { code: string; message: string; phase: NonNullable<Observation['error']>['phase']; atMs: number };
  chunkText?: string;
}

/** `count` arrivals, the first at `firstMs`. */
export function steady(count: number, everyMs: number, firstMs = everyMs): number[] {
  return Array.from({ length: count }, (_, i) => firstMs + i * everyMs);
}

export function hopFacts(sketch: HopSketch = {}): HopFacts {
  const { url, startMs, headMs, status, headers, arrivalsMs, endMs, endReason, error, chunkText, ...facts } =
    {
      ...HOP_DEFAULTS,
      ...sketch,
    };
  const at = (ms: number): number => startMs + ms;
  return {
    ...FACT_DEFAULTS,
    timeline: {
      format: 'event-stream',
      looksLikeEventStream: true,
      contentType: 'text/event-stream',
      contentCoding: null,
      decoded: true,
      events: arrivalsMs.map((ms, i) => timelineEvent(at(ms), i)),
      protocol: null,
      commentsAtMs: [],
      releases: [],
      bodyBytes: arrivalsMs.length * 40,
      firstText: chunkText,
    },
    observation: {
      schemaVersion: 1,
      hop: facts.name ?? FACT_DEFAULTS.name,
      url,
      startedAtEpochMs: 1_769_860_800_000,
      request: { method: 'GET', headers: [] },
      marks: {
        startMs,
        dnsMs: null,
        connectMs: error ? null : at(0.4),
        tlsMs: null,
        requestMs: error ? null : at(0.6),
        firstByteMs: error ? null : at(headMs),
        headMs: error ? null : at(headMs),
      },
      response: error ? null : { status, reason: 'OK', httpVersion: '1.1', headers, framing: 'chunked' },
      tls: null,
      reads: arrivalsMs.map((ms) => ({ atMs: at(ms), bytes: 40 })),
      chunks: arrivalsMs.map((ms, i) => ({
        atMs: at(ms),
        read: i,
        base64: Buffer.from(chunkText).toString('base64'),
      })),
      end: error ? null : { reason: endReason, atMs: at(endMs), detail: null },
      error: error ? { ...error, atMs: at(error.atMs) } : null,
      pathExchanges: [],
      proberLags: [],
      limits: { waitFirstMs: 60_000, durationMs: 10_000, events: null },
    },
    ...facts,
  };
}

const HOP_DEFAULTS = {
  url: 'http://127.0.0.1:8000/stream',
  startMs: 1_000,
  headMs: 2,
  status: 200,
  headers: [['Content-Type', 'text/event-stream']] as HeaderList,
  arrivalsMs: steady(20, 500),
  endMs: 10_000,
  endReason: 'complete' as EndReason,
  error: undefined as HopSketch['error'],
  chunkText: 'data: x\n\n',
};

const FACT_DEFAULTS = {
  index: 0,
  name: 'origin',
  holdBasis: 'stamps',
  holds: [],
  clockErrorMs: 1,
  headHoldMs: null,
  constantMs: null,
  hold: null,
  holdConfidence: null,
  judgedHoldMs: null,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  rewritten: 0,
  intermediaries: [],
  verdict: 'streaming',
} satisfies Partial<HopFacts>;

function timelineEvent(atMs: number, i: number): TimelineEvent {
  const id = String(i + 1);
  return { atMs, startMs: atMs, pieces: 1, read: i, id, key: id, bytes: 32, seq: i + 1, sentAtEpochMs: null };
}

/** Hold samples of the given lengths. */
export function holds(...holdsMs: number[]): HopFacts['holds'] {
  return holdsMs.map((holdMs, event) => ({ event, holdMs, dueMs: 0, unsure: false }));
}

export function finding(sketch: Partial<Finding> = {}): Finding {
  return {
    id: 'held-until-close',
    severity: 'error',
    confidence: 'proven',
    hop: 'edge',
    title: 'Events wait until the answer ends',
    explanation: 'nginx/1.22.1 stores the answer of the origin and sends it on when it is complete.',
    evidence: [{ what: 'worst hold', value: 9_470, unit: 'ms', expected: 'under 180 ms' }],
    fixes: [fix()],
    ...sketch,
  };
}

export function fix(sketch: Partial<Fix> = {}): Fix {
  return {
    where: 'nginx',
    change: 'proxy_buffering off;',
    config: 'nginx/passthrough.conf',
    proven: true,
    source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    ...sketch,
  };
}

export function reportOf(hops: HopFacts[], findings: Finding[] = [], meta: Partial<ReportMeta> = {}): Report {
  return buildReport(hops, findings, {
    startedAt: '2026-01-31T12:00:00.000Z',
    warnings: [],
    next: null,
    ...meta,
  });
}

/** The case this tool exists for: the origin streams, nginx before it keeps everything to the end. */
export function heldReport(): Report {
  const origin = hopFacts({ holds: holds(...steady(20, 0.1, 0.1)) });
  const edge = hopFacts({
    index: 1,
    name: 'edge',
    url: 'http://127.0.0.1:8081/stream',
    verdict: 'held',
    headMs: 9_980,
    arrivalsMs: new Array<number>(20).fill(9_980),
    holds: holds(...steady(20, 498.4, 3)),
    hold: { kind: 'until-close', blockBytes: null, periodMs: null, atLeastMs: 9_470, atLeastBytes: 800 },
    holdConfidence: 'proven',
    intermediaries: [
      { id: 'nginx', version: '1.22.1', confidence: 'certain', evidence: ['Server: nginx/1.22.1'] },
    ],
  });
  return reportOf([origin, edge], heldFindings(), {
    next: 'unclog probe --experiment edge=http://127.0.0.1:8081',
  });
}

function heldFindings(): Finding[] {
  return [
    finding({
      evidence: [
        { what: 'events', value: '20 sent over 9.5 s, arrived in 1 piece at the end', unit: '' },
        { what: 'worst hold', value: 9_470, unit: 'ms', expected: 'under 180 ms' },
        { what: 'clock error', value: 1, unit: 'ms' },
      ],
      fixes: [
        fix(),
        fix({ where: 'origin', change: 'X-Accel-Buffering: no', config: null, proven: false }),
        fix({
          where: 'gateway',
          change: 'unclog gateway --upstream http://ORIGIN:PORT   (between the proxy and the origin)',
          config: null,
          proven: false,
        }),
      ],
    }),
    finding({
      id: 'missing-opt-out',
      severity: 'warning',
      hop: 'origin',
      title: 'The answer does not ask proxies not to buffer',
      fixes: [fix({ where: 'origin', change: 'X-Accel-Buffering: no' })],
    }),
    finding({
      id: 'http-1-0',
      severity: 'info',
      title: 'The proxy speaks HTTP/1.0 to the origin',
      fixes: [],
    }),
  ];
}
