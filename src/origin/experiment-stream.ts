import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EVENT_STREAM, mediaType, NDJSON_TYPES } from '../http/media-type.ts';
import { sendNothing, sendText } from './answers.ts';
import { clientAddress } from './client-address.ts';
import { type EventFormat, type EventTextOptions, eventText, FILLS } from './event-text.ts';
import {
  OPT_OUTS,
  type OutgoingStream,
  openOutgoingStream,
  runSender,
  type StreamHead,
  writeStreamHead,
} from './outgoing-stream.ts';
import { createParameterReader, ParameterError, type ParameterReader } from './parameters.ts';
import { readToken, type Sightings } from './sightings.ts';
import { createPace } from './steady-stream.ts';
import type { StreamKind, StreamLedger } from './stream-ledger.ts';
import { wholeEpochMs } from './wall-clock.ts';

/** Bounds of every experiment: these endpoints answer strangers. */
export const EXPERIMENT_LIMITS = {
  events: 10_000,
  eventBytes: 1_048_576,
  bodyBytes: 67_108_864,
  durationMs: 600_000,
  /** Streams of one kind that one address may have open; a hop in front counts as one address. */
  streamsPerClient: 100,
  /** Of one kind, by all addresses together. */
  streams: 1_000,
  openingBytes: 65_536,
  leastHeartbeatMs: 10,
} as const;

/** What the experiment stream and the lockstep stream have in common. */
export interface StreamShape {
  events: number;
  text: Required<EventTextOptions>;
  head: StreamHead;
  /** What is sent right behind the head: so many bytes of a comment. */
  openingBytes: number | null;
  /** A comment as often as this, the first one right behind the head. */
  heartbeatMs: number | null;
  /** Under which name the request is remembered for `seen`. */
  token: string | null;
}

interface ExperimentPlan extends StreamShape {
  intervalMs: number;
  headDelayMs: number;
  firstDelayMs: number;
  quiet: { after: number; ms: number } | null;
  cutAfter: number | null;
  /** After how long a browser's EventSource is to reconnect. */
  retryMs: number | null;
  /** Number of the event that a reconnecting client had last; 0 for a new one, and where it is not asked to resume. */
  after: number;
}

/** `GET P/.well-known/unclog/stream?…`: a bounded stream that differs from the control as asked. */
export function answerExperimentStream(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  ledger: StreamLedger,
  sightings: Sightings,
): void {
  const plan = readPlan(createParameterReader(query), request);
  if (plan.after > 0 && plan.after >= plan.events) {
    // WHATWG HTML, "Server-sent events": 204 tells an EventSource that was cut off at the end to stop reconnecting.
    sendNothing(response);
    return;
  }
  if (request.method === 'HEAD') {
    writeStreamHead(response, plan.head);
    response.end();
    return;
  }
  if (refusesClient(request, response, 'experiment', ledger)) return;
  const stream = openOutgoingStream(request, response, 'experiment', ledger);
  const noteHead = noteStream(stream, plan.token, request, sightings);
  runSender(stream, () => sendExperiment(stream, plan, noteHead));
}

/** Remembers the stream's request under its token, and how it ends; what comes back is to be told the head's fields. */
export function noteStream(
  stream: OutgoingStream,
  token: string | null,
  request: IncomingMessage,
  sightings: Sightings,
): (fields: string[]) => void {
  const entry = token === null ? null : sightings.note(token, request);
  if (entry === null) return () => {};
  const { over } = stream;
  const noteEnd = () => entry.ended(stream.end?.reason ?? 'stopped', stream.end?.events ?? 0);
  over.addEventListener('abort', noteEnd, { once: true });
  return entry.sentHead;
}

/** Sends the head and what comes without being an event: the opening comment, and heartbeats until the stream is over. */
export function openWith(
  stream: OutgoingStream,
  shape: StreamShape,
  noteHead: (fields: string[]) => void,
): void {
  const { head, openingBytes, heartbeatMs, text } = shape;
  noteHead(stream.sendHead(head));
  // Of other formats than event streams an empty line is what readers skip.
  const isCommented = text.format === 'event-stream';
  if (openingBytes !== null)
    stream.sendFiller(isCommented ? commentOf(openingBytes) : '\n'.repeat(openingBytes));
  if (heartbeatMs === null) return;
  const beat = (): void => stream.sendFiller(isCommented ? ': heartbeat\n\n' : '\n');
  beat();
  const timer = setInterval(beat, heartbeatMs);
  stream.over.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** A comment of so many bytes that hardly compresses, with the empty line that ends it. */
function commentOf(bytes: number): string {
  const text = randomBytes(bytes).toString('base64url');
  return `: ${text.slice(0, Math.max(0, bytes - 4))}\n\n`;
}

/** Answers 429 when this client has as many streams open as it may. */
export function refusesClient(
  request: IncomingMessage,
  response: ServerResponse,
  kind: StreamKind,
  ledger: StreamLedger,
): boolean {
  const own = ledger.count(kind, clientAddress(request));
  const isOne = own >= EXPERIMENT_LIMITS.streamsPerClient;
  if (!isOne && ledger.count(kind) < EXPERIMENT_LIMITS.streams) return false;
  const why = isOne ? `This address has ${own} such streams open` : 'Too many such streams are open';
  sendText(response, 429, `${why}, the most there may be.`, ['Retry-After', '5']);
  return true;
}

/**
 * The parameters `events`, `size`, `fill`, `framing`, `opt-out`, `status`, `type`, `cache-control`, `opening`,
 * `heartbeat` and `token`.
 */
export function readShape(
  parameters: ParameterReader,
  defaultEvents: number,
  maxEvents: number = EXPERIMENT_LIMITS.events,
): StreamShape {
  const events = parameters.count('events', { max: maxEvents }) ?? defaultEvents;
  const eventBytes = parameters.sizeBytes('size', { max: EXPERIMENT_LIMITS.eventBytes });
  if (events * (eventBytes ?? 0) > EXPERIMENT_LIMITS.bodyBytes) {
    throw new ParameterError(
      `Parameters "events" and "size" make more than ${EXPERIMENT_LIMITS.bodyBytes} bytes together, expected less.`,
    );
  }
  const contentType =
    parameters.text(
      'type',
      /^[\w.+-]{1,60}\/[\w.+-]{1,60}(; ?charset=[\w-]{1,20})?$/,
      'a media type such as text/event-stream',
    ) ?? EVENT_STREAM;
  const text = {
    eventBytes,
    fill: parameters.choice('fill', FILLS) ?? 'random',
    format: formatOf(contentType),
  };
  const framing = parameters.choice('framing', ['chunked', 'close', 'length'] as const) ?? 'chunked';
  const status = parameters.count('status', { min: 200, max: 599 }) ?? 200;
  if ([204, 205, 304].includes(status)) {
    throw new ParameterError(`Parameter "status" is ${status}, expected one whose answer has a body.`);
  }
  const optOuts = parameters.choices('opt-out', OPT_OUTS) ?? [];
  const cacheControl = parameters.choice('cache-control', ['no-cache', 'none'] as const) ?? 'no-cache';
  const openingBytes = parameters.sizeBytes('opening', { min: 4, max: EXPERIMENT_LIMITS.openingBytes });
  const heartbeatMs = parameters.durationMs('heartbeat', {
    min: EXPERIMENT_LIMITS.leastHeartbeatMs,
    max: EXPERIMENT_LIMITS.durationMs,
  });
  if (framing === 'length' && (openingBytes !== null || heartbeatMs !== null)) {
    throw new ParameterError(
      'Parameter "framing" is "length", expected another one beside "opening" or "heartbeat".',
    );
  }
  const head: StreamHead = {
    status,
    contentType,
    optOuts,
    cacheControl,
    framing: { chunked: 'auto' as const, close: 'close' as const, length: bodyBytes(events, text) }[framing],
  };
  return { events, text, head, openingBytes, heartbeatMs, token: readToken(parameters) };
}

function readPlan(parameters: ParameterReader, request: IncomingMessage): ExperimentPlan {
  const limit = { max: EXPERIMENT_LIMITS.durationMs };
  const shape = readShape(parameters, 20);
  const intervalMs = parameters.durationMs('interval', { min: 1, ...limit }) ?? 100;
  const headDelayMs = parameters.durationMs('head-delay', limit) ?? 0;
  const firstDelayMs = parameters.durationMs('first-delay', limit) ?? intervalMs;
  const quietAfter = parameters.count('quiet-after', { max: EXPERIMENT_LIMITS.events });
  const quietMs = parameters.durationMs('quiet', limit);
  const cutAfter = parameters.count('cut-after', { max: EXPERIMENT_LIMITS.events });
  const retryMs = parameters.durationMs('retry', limit);
  const resumes = parameters.choice('resume', ['yes', 'no'] as const) === 'yes';
  parameters.refuseOthers();
  if ((quietAfter === null) !== (quietMs === null)) {
    const [given, missing] = quietAfter === null ? ['quiet', 'quiet-after'] : ['quiet-after', 'quiet'];
    throw new ParameterError(`Parameter "${given}" needs "${missing}" beside it.`);
  }
  const totalMs = headDelayMs + firstDelayMs + intervalMs * Math.max(0, shape.events - 1) + (quietMs ?? 0);
  if (totalMs > EXPERIMENT_LIMITS.durationMs) {
    throw new ParameterError(
      `Parameters "events" and "interval" (with the delays) make ${totalMs} ms, expected at most ${EXPERIMENT_LIMITS.durationMs} ms.`,
    );
  }
  const quiet = quietAfter === null || quietMs === null ? null : { after: quietAfter, ms: quietMs };
  const after = resumes ? lastEventId(request) : 0;
  return {
    ...shape,
    ...{ intervalMs, headDelayMs, firstDelayMs, quiet, retryMs, after },
    // Who comes back is not cut off again.
    cutAfter: after > 0 ? null : cutAfter,
  };
}

async function sendExperiment(
  stream: OutgoingStream,
  plan: ExperimentPlan,
  noteHead: (fields: string[]) => void,
): Promise<void> {
  if (plan.headDelayMs > 0) await stream.wait(plan.headDelayMs);
  openWith(stream, plan, noteHead);
  if (plan.retryMs !== null && plan.text.format === 'event-stream')
    stream.sendFiller(`retry: ${plan.retryMs}\n\n`);
  let pace = createPace(plan.firstDelayMs, plan.intervalMs);
  for (let sent = plan.after; ; sent++) {
    if (sent === plan.cutAfter) return stream.cut();
    if (sent === plan.quiet?.after) {
      await stream.wait(plan.quiet.ms);
      // After the silence the next event is due at once, or the silence would be an interval longer than asked.
      pace = createPace(0, plan.intervalMs);
    }
    if (sent === plan.events) return stream.complete();
    await stream.wait(pace.nextDelayMs());
    await stream.sendEvent(eventText(sent + 1, wholeEpochMs(), plan.text));
  }
}

/** What counts is a whole number; anything else is another server's id, and an error would stop an EventSource for good. */
function lastEventId(request: IncomingMessage): number {
  const text = request.headers['last-event-id'];
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The body's exact length: every stamp has as many digits as the one of now. */
function bodyBytes(events: number, text: EventTextOptions): number {
  const nowEpochMs = wholeEpochMs();
  let bytes = 0;
  // Events whose number has as many digits are equally long.
  for (let first = 1; first <= events; first *= 10) {
    const count = Math.min(first * 10 - 1, events) - first + 1;
    bytes += count * Buffer.byteLength(eventText(first, nowEpochMs, text));
  }
  return bytes;
}

function formatOf(contentType: string): EventFormat {
  const type = mediaType(contentType) ?? '';
  if (type === 'application/json-seq') return 'json-seq';
  return NDJSON_TYPES.has(type) ? 'ndjson' : 'event-stream';
}
