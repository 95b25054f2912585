import type {
  ExperimentFacts,
  HeaderList,
  HoldKind,
  HoldSample,
  HopFacts,
  Observation,
  Release,
  ReportHold,
  Timeline,
  TimelineEvent,
} from '../../src/types.ts';

/** Epoch milliseconds at monotonic 0 in everything built here. */
export const EPOCH_MS = 1_760_000_000_000;

/** How many events are sent, when the first one, how far apart, and when each arrives. */
interface EventPlan {
  count: number;
  everyMs?: number;
  firstMs?: number;
  /** Arrival of event n (0-based) that was sent at `sentMs`. Default: when it was sent. */
  arrives?: (n: number, sentMs: number) => number;
  /** Stamp of event n, epoch milliseconds; default: when it was sent. Null: no stamps. */
  stamp?: ((n: number, sentMs: number) => number) | null;
  text?: (n: number) => string;
}

type ResponsePlan = Partial<NonNullable<Observation['response']>>;

/** What a test wants to say about a hop; everything else is a healthy stream of 10 events, one every 100 ms. */
export interface HopPlan {
  name?: string;
  url?: string;
  headers?: HeaderList;
  response?: ResponsePlan | null;
  marks?: Partial<Observation['marks']>;
  observation?: Partial<Observation>;
  timeline?: Partial<Timeline>;
  events?: EventPlan;
  hold?: HoldKind | (Partial<ReportHold> & { kind: HoldKind });
  facts?: Partial<HopFacts>;
}

export const STREAM_HEADERS: HeaderList = [
  ['Content-Type', 'text/event-stream'],
  ['Cache-Control', 'no-cache, no-transform'],
  ['X-Accel-Buffering', 'no'],
];

/** Experiments that found nothing wrong. */
export function noExperiments(): ExperimentFacts {
  return {
    outcomes: [],
    minimalFix: {
      ...{ hop: 'hop0', needed: false, senderSide: [], hopMustChange: false },
      ...{ before: null, after: null, hopChange: null },
    },
    ...{ lockstep: [], buffer: null, eventsOfLag: null, abort: null, requestBody: null },
    ...{ lastEventId: null, cache: null, edits: null, strippedOptOuts: [], idle: null },
  };
}

/** A chain of hops, nearest to the origin first; indexes are set, and names `hop0`, `hop1`, … unless given. */
export function chain(...plans: HopPlan[]): HopFacts[] {
  return plans.map((plan, index) => hopFacts({ name: `hop${index}`, ...plan }, index));
}

/** One hop. */
export function hopFacts(plan: HopPlan = {}, index = 0): HopFacts {
  const name = plan.name ?? 'edge';
  const sent = plannedEvents(plan.events ?? { count: 10 });
  const observation = buildObservation(plan, name, sent);
  const hold = buildHold(plan.hold);
  const holds: HoldSample[] = sent.map(({ sentMs, atMs }, event) => ({
    event,
    holdMs: atMs - sentMs,
    dueMs: sentMs,
    unsure: false,
  }));
  return {
    index,
    name,
    observation,
    timeline: buildTimeline(plan, observation, sent),
    holdBasis: 'stamps',
    holds,
    clockErrorMs: 1,
    headHoldMs: 0,
    constantMs: 0,
    hold,
    holdConfidence: hold === null ? null : 'proven',
    judgedHoldMs: Math.max(0, ...holds.map((one) => one.holdMs)),
    lost: 0,
    duplicated: 0,
    reordered: 0,
    rewritten: 0,
    intermediaries: [],
    verdict: hold === null ? 'streaming' : 'held',
    ...plan.facts,
  };
}

interface SentEvent {
  sentMs: number;
  atMs: number;
  stampEpochMs: number | null;
  text: string;
}

function plannedEvents(plan: EventPlan): SentEvent[] {
  const { everyMs = 100, firstMs = 20 } = plan;
  return Array.from({ length: plan.count }, (_, n) => {
    const sentMs = firstMs + n * everyMs;
    const stamp = plan.stamp === undefined ? EPOCH_MS + sentMs : (plan.stamp?.(n, sentMs) ?? null);
    return {
      sentMs,
      atMs: plan.arrives?.(n, sentMs) ?? sentMs,
      stampEpochMs: stamp,
      text: plan.text?.(n) ?? `id: ${n + 1}\ndata: {"seq":${n + 1}}\n\n`,
    };
  });
}

function buildObservation(plan: HopPlan, name: string, sent: SentEvent[]): Observation {
  const response =
    plan.response === null
      ? null
      : {
          status: 200,
          reason: 'OK',
          httpVersion: '1.1',
          headers: plan.headers ?? STREAM_HEADERS,
          framing: 'chunked' as const,
          ...plan.response,
        };
  return {
    schemaVersion: 1,
    hop: name,
    url: plan.url ?? `http://${name}.example/stream`,
    startedAtEpochMs: EPOCH_MS,
    request: { method: 'GET', headers: [['Accept', 'text/event-stream']] },
    marks: {
      startMs: 0,
      dnsMs: null,
      connectMs: 1,
      tlsMs: null,
      requestMs: 2,
      firstByteMs: response === null ? null : 5,
      headMs: response === null ? null : 5,
      ...plan.marks,
    },
    response,
    tls: null,
    reads: sent.map(({ atMs, text }) => ({ atMs, bytes: text.length })),
    chunks: sent.map(({ atMs, text }, read) => ({
      atMs,
      read,
      base64: Buffer.from(text).toString('base64'),
    })),
    end: { reason: 'stopped-by-probe', atMs: 10_000, detail: null },
    error: null,
    pathExchanges: [],
    proberLags: [],
    limits: { waitFirstMs: 10_000, durationMs: 10_000, events: null },
    ...plan.observation,
  };
}

function buildTimeline(plan: HopPlan, observation: Observation, sent: SentEvent[]): Timeline {
  const field = (wanted: string): string | null =>
    observation.response?.headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
  const reads = [...new Set(sent.map(({ atMs }) => atMs))];
  const events: TimelineEvent[] = sent.map(({ atMs, stampEpochMs, text }, n) => ({
    atMs,
    startMs: atMs,
    pieces: 1,
    read: reads.indexOf(atMs),
    id: String(n + 1),
    key: `key${n + 1}`,
    bytes: text.length,
    seq: stampEpochMs === null ? null : n + 1,
    sentAtEpochMs: stampEpochMs,
  }));
  const releases: Release[] = reads.map((atMs) => {
    const together = sent.filter((event) => event.atMs === atMs);
    const bytes = together.reduce((sum, { text }) => sum + text.length, 0);
    return { atMs, bytes, wireBytes: bytes, events: together.length, cutsEvent: false };
  });
  const firstText = sent
    .map(({ text }) => text)
    .join('')
    .slice(0, 200);
  return {
    format: observation.response === null ? 'other' : 'event-stream',
    looksLikeEventStream: firstText !== '',
    contentType: field('content-type'),
    contentCoding: field('content-encoding'),
    decoded: true,
    events,
    commentsAtMs: [],
    releases,
    bodyBytes: releases.reduce((sum, { bytes }) => sum + bytes, 0),
    firstText,
    ...plan.timeline,
  };
}

function buildHold(hold: HopPlan['hold']): ReportHold | null {
  if (hold === undefined) return null;
  const none = { blockBytes: null, periodMs: null, atLeastMs: null, atLeastBytes: null };
  return typeof hold === 'string' ? { ...none, kind: hold } : { ...none, ...hold };
}

/** Raw pieces of a body that is not made of events, each in a read of its own. */
export function rawChunks(...pieces: [atMs: number, bytes: Buffer | string][]): Observation['chunks'] {
  return pieces.map(([atMs, bytes], read) => ({ atMs, read, base64: Buffer.from(bytes).toString('base64') }));
}
