import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowsMethod, sendNothing } from './answers.ts';
import { eventText, type Fill } from './event-text.ts';
import {
  OPT_OUTS,
  type OutgoingStream,
  openOutgoingStream,
  runSender,
  type StreamHead,
  writeStreamHead,
} from './outgoing-stream.ts';
import { STORY } from './story.ts';
import type { StreamLedger } from './stream-ledger.ts';
import { wholeEpochMs } from './wall-clock.ts';

/** What the steady stream sends; the origin's options with their defaults filled in. */
export interface SteadyStreamOptions {
  intervalMs: number;
  firstDelayMs: number;
  events: number | null;
  eventBytes: number | null;
  fill: Fill;
  story: boolean;
  optOuts: boolean;
  framing: 'auto' | 'close';
}

/** `GET P/stream`: one stamped event per interval. */
export function answerSteadyStream(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  options: SteadyStreamOptions,
  ledger: StreamLedger,
): void {
  if (!allowsMethod(response, ['GET', 'HEAD', 'POST'])) return;
  const after = lastEventId(request, query);
  if (options.story && after >= STORY.length) {
    // WHATWG HTML, "Server-sent events": 204 tells an EventSource to stop reconnecting.
    sendNothing(response);
    return;
  }
  const head: StreamHead = { optOuts: options.optOuts ? OPT_OUTS : [], framing: options.framing };
  if (request.method === 'HEAD') {
    writeStreamHead(response, head);
    response.end();
    return;
  }
  const stream = openOutgoingStream(request, response, options.story ? 'story' : 'steady', ledger);
  stream.sendHead(head);
  runSender(stream, () => sendSteadily(stream, after, options));
}

async function sendSteadily(stream: OutgoingStream, after: number, options: SteadyStreamOptions) {
  const left = options.story ? STORY.length - after : Number.POSITIVE_INFINITY;
  const count = Math.min(options.events ?? Number.POSITIVE_INFINITY, left);
  const pace = createPace(options.firstDelayMs, options.intervalMs);
  for (let sent = 1; sent <= count; sent++) {
    await stream.wait(pace.nextDelayMs());
    const seq = after + sent;
    const extra = options.story ? { ...STORY[seq - 1] } : {};
    await stream.sendEvent(eventText(seq, wholeEpochMs(), options, extra));
  }
  stream.complete();
}

/**
 * A steady pace whose timer errors do not add up. Beats that were missed (client not reading, machine
 * asleep) are dropped and not caught up on: the origin itself must never send a burst.
 */
export function createPace(firstDelayMs: number, intervalMs: number): { nextDelayMs(): number } {
  let dueMs = performance.now() + firstDelayMs - intervalMs;
  return {
    nextDelayMs() {
      const nowMs = performance.now();
      dueMs += intervalMs;
      if (dueMs < nowMs) dueMs = nowMs + intervalMs;
      return dueMs - nowMs;
    },
  };
}

/**
 * The number after which a reconnecting client continues. The header wins over the query, which stays the same
 * when an EventSource reconnects. What is not a whole number counts as absent: it may be another backend's id,
 * and an error answer would stop an EventSource for good.
 */
function lastEventId(request: IncomingMessage, query: URLSearchParams): number {
  for (const text of [request.headers['last-event-id'], query.get('lastEventId')]) {
    if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  }
  return 0;
}
