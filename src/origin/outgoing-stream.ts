import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_STREAM } from '../http/media-type.ts';
import type { StreamEnd, StreamEndReason, StreamKind, StreamLedger } from './stream-ledger.ts';
import { wholeEpochMs } from './wall-clock.ts';

/** Response fields with which a sender asks intermediaries not to hold a stream. */
export const OPT_OUTS = ['x-accel-buffering', 'incremental', 'no-transform'] as const;
export type OptOut = (typeof OPT_OUTS)[number];

/**
 * How the end of the answer is marked (RFC 9112 section 6.3): `auto` is chunked for HTTP/1.1 clients and by
 * closing for HTTP/1.0 ones, `close` is by closing for both, a number is the whole body's `Content-Length`.
 */
type OutgoingFraming = 'auto' | 'close' | number;

export interface StreamHead {
  status?: number;
  contentType?: string;
  optOuts?: readonly OptOut[];
  framing?: OutgoingFraming;
  /** `none` leaves the field out, as many applications do. Default `no-cache`. */
  cacheControl?: 'no-cache' | 'none';
}

/** One answer that is sent piece by piece. Its waits reject (AbortError) as soon as the client has gone. */
export interface OutgoingStream {
  /** Sends the response head at once, before any body byte; returns its fields, names and values in turn. */
  sendHead(head: StreamHead): string[];
  /** Sends one event in one write, then waits while the client does not read. */
  sendEvent(text: string): Promise<void>;
  /** Sends a comment line; not counted as an event. */
  sendComment(text: string): void;
  /** Sends text that is no event, as it is. */
  sendFiller(text: string): void;
  wait(ms: number): Promise<void>;
  /** Ends the answer as its framing demands. */
  complete(reason?: StreamEndReason): void;
  /** Breaks the connection off once everything written has left this process: a truncated answer. */
  cut(): void;
  /** Aborted when the stream is over, for whatever reason. */
  readonly over: AbortSignal;
  readonly end: StreamEnd | null;
}

/** Names in mixed case and not sorted, so that a hop that rewrites them shows. */
function headFields(head: StreamHead): string[] {
  const optOuts = head.optOuts ?? [];
  const caching = [
    ...(head.cacheControl === 'none' ? [] : ['no-cache']),
    ...(optOuts.includes('no-transform') ? ['no-transform'] : []),
  ];
  const fields = ['Content-Type', head.contentType ?? EVENT_STREAM];
  if (caching.length > 0) fields.push('Cache-Control', caching.join(', '));
  if (optOuts.includes('x-accel-buffering')) fields.push('X-Accel-Buffering', 'no');
  if (optOuts.includes('incremental')) fields.push('Incremental', '?1');
  if (typeof head.framing === 'number') fields.push('Content-Length', String(head.framing));
  fields.push('Unclog-Sent-At', String(wholeEpochMs()));
  return fields;
}

/** Writes a stream's response head and returns its fields. HEAD requests get the same one. */
export function writeStreamHead(response: ServerResponse, head: StreamHead): string[] {
  if (head.framing === 'close') {
    response.shouldKeepAlive = false;
    response.removeHeader('Transfer-Encoding');
  }
  const fields = headFields(head);
  response.writeHead(head.status ?? 200, fields);
  return fields;
}

/** Takes an answer over: from here on its stream is counted, watched, and ended by one of the methods. */
export function openOutgoingStream(
  request: IncomingMessage,
  response: ServerResponse,
  kind: StreamKind,
  ledger: StreamLedger,
): OutgoingStream {
  const socket = request.socket;
  const abort = new AbortController();
  const entry = ledger.open(kind, request, () => finish('stopped'));
  let end: StreamEnd | null = null;

  function settle(reason: StreamEndReason): void {
    if (end !== null) return;
    end = entry.close(reason);
    abort.abort();
  }
  function finish(reason: StreamEndReason): void {
    if (end !== null) return;
    settle(reason);
    // A server that stops must not wait for the client to close a connection that is kept alive.
    response.end(() => reason === 'stopped' && socket.end());
  }
  watchClient(request, response, abort.signal, () => settle('client-left'));

  return {
    over: abort.signal,
    get end() {
      return end;
    },
    sendHead(head) {
      const fields = writeStreamHead(response, head);
      response.flushHeaders();
      return fields;
    },
    async sendEvent(text) {
      abort.signal.throwIfAborted();
      entry.countEvent();
      if (!response.write(text)) await drained(response, abort.signal);
    },
    sendComment: (text) => void response.write(`: ${text}\n\n`),
    sendFiller: (text) => void response.write(text),
    wait: (ms) => sleep(ms, undefined, { signal: abort.signal }),
    complete: (reason = 'complete') => finish(reason),
    cut() {
      settle('cut');
      // The empty write is done when all writes before it are.
      socket.write('', () => socket.destroy());
    },
  };
}

/**
 * Calls back when the client goes while the stream lasts. The request is read to its end, since a socket that is
 * not read does not tell. A client that closes its sending side counts as gone, as it does for nginx.
 */
function watchClient(
  request: IncomingMessage,
  response: ServerResponse,
  over: AbortSignal,
  onGone: () => void,
): void {
  const { socket } = request;
  const onHalfClose = () => {
    onGone();
    socket.destroy();
  };
  response.once('close', onGone);
  socket.once('end', onHalfClose);
  // The connection may be kept alive for the next request.
  over.addEventListener('abort', () => socket.off('end', onHalfClose), { once: true });
  request.resume();
}

function drained(response: ServerResponse, over: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      response.off('drain', go);
      reject(over.reason);
    };
    const go = () => {
      over.removeEventListener('abort', stop);
      resolve();
    };
    over.addEventListener('abort', stop, { once: true });
    response.once('drain', go);
  });
}

/** Runs a stream's sender; that its client goes away in the middle is no failure. */
export function runSender(stream: OutgoingStream, sender: () => Promise<void>): void {
  sender().catch((error: unknown) => {
    if (!stream.over.aborted) throw error;
  });
}
