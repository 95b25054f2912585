import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { RunClock } from '../clock.ts';
import { type Channel, type WireRequest, wireError } from './answer-sink.ts';
import type { Dialled } from './dial.ts';
import { FLAG, FRAME, type FrameHead, FrameScanner } from './frame-scanner.ts';
import { Http2Reader } from './http2-reader.ts';
import { checkFields, pathOf } from './request-bytes.ts';
import { Tap } from './tap.ts';

const PREFACE_BYTES = 24;
/** Windows so large that a stream never waits for our permission to go on, which would look like a hold. */
const WINDOW_BYTES = 16 * 1_048_576;

/** Fields of a connection, which HTTP/2 does not have (RFC 9113 section 8.2.2). */
const HTTP1_ONLY: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * HTTP/2 (RFC 9113) with node:http2 for compression and flow control, while a tap under it reads the frames: sizes, bytes and
 * times of the answer come from there, field values from node:http2.
 */
export function createHttp2Channel({ socket }: Dialled, clock: RunClock): Channel {
  let reader: Http2Reader | null = null;
  let stream: ClientHttp2Stream | null = null;
  let streamId = -1;
  let closed = false;
  let onSent: ((atMs: number) => void) | null = null;
  let nowMs = 0;
  let readBytes = 0;
  let first: Buffer | null = null;
  const ours = (head: FrameHead): Http2Reader | null =>
    head.stream === streamId || head.type === FRAME.goAway ? reader : null;
  const incoming = new FrameScanner({
    onFrame: (head) => ours(head)?.onFrame(head, nowMs, readBytes),
    onPayload: (head, bytes) => ours(head)?.onPayload(head, bytes, nowMs, readBytes),
    onFrameEnd: (head) => ours(head)?.onFrameEnd(head, nowMs),
  });
  const outgoing = new FrameScanner(
    {
      onFrame: () => {},
      onPayload: () => {},
      onFrameEnd: (head) => {
        const last =
          (head.type === FRAME.headers || head.type === FRAME.data) && (head.flags & FLAG.endStream) !== 0;
        if (last && head.stream === streamId) onSent?.(clock.nowMs());
      },
    },
    PREFACE_BYTES,
  );
  const tap = new Tap(socket, {
    onIncoming: (bytes) => {
      nowMs = clock.nowMs();
      readBytes = bytes.length;
      first ??= bytes.subarray(0, 5);
      if (first.toString('latin1') === 'HTTP/')
        reader?.fail(wireError('UNCLOG_NOT_HTTP', 'what came is HTTP/1, where HTTP/2 was asked for'));
      else incoming.feed(bytes);
      reader?.endRead();
    },
    onOutgoing: (bytes) => outgoing.feed(bytes),
    onClose: (error) => {
      closed = true;
      reader?.end(error);
    },
  });
  const session = startSession(tap, (error) => reader?.fail(error));
  return {
    get usable() {
      return !closed && !session.destroyed && !session.closed && (reader === null || reader.over);
    },
    exchange: (request, sink, sent) => {
      checkFields(request.method, request.fields);
      onSent = sent;
      // Streams are opened one after the other, and a client's have odd numbers (RFC 9113 section 5.1.1).
      streamId = streamId < 0 ? 1 : streamId + 2;
      reader = new Http2Reader(request.method, sink);
      stream = send(session, request, reader);
      if (closed) reader.end(null);
    },
    more: (bytes, last) => {
      if (stream === null || stream.destroyed || stream.writableEnded) return;
      if (last) stream.end(bytes);
      else stream.write(bytes);
    },
    close: () => {
      reader?.abandon();
      closed = true;
      session.destroy();
      socket.destroy();
    },
  };
}

function startSession(tap: Tap, onError: (error: Error) => void): ClientHttp2Session {
  // The authority is only a default for requests, each of which names its own.
  const session = connect('http://localhost', {
    createConnection: () => tap,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
  });
  session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  session.on('error', onError);
  return session;
}

function send(session: ClientHttp2Session, request: WireRequest, reader: Http2Reader): ClientHttp2Stream {
  const stream: ClientHttp2Stream = session.request(toHttp2Fields(request), {
    endStream: request.body === null && !request.unfinished,
  });
  const raw = (fields: unknown): string[] => (Array.isArray(fields) ? (fields as string[]) : []);
  // The third argument is the list as it came, repeats and order kept.
  stream.on('headers', (...args: unknown[]) => reader.onFields('interim', raw(args[2])));
  stream.on('response', (...args: unknown[]) => reader.onFields('head', raw(args[2])));
  stream.on('trailers', (...args: unknown[]) => reader.onFields('trailers', raw(args[2])));
  stream.on('error', (error) => reader.fail(error));
  stream.on('close', () => reader.endOfStream());
  // What came is read from the tap; here it only has to be taken away.
  stream.resume();
  if (request.unfinished) stream.write(request.body ?? '');
  else if (request.body !== null) stream.end(request.body);
  return stream;
}

function toHttp2Fields({ method, url, fields }: WireRequest): OutgoingHttpHeaders {
  const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1];
  const headers: OutgoingHttpHeaders = {
    ':method': method,
    ':scheme': url.protocol.slice(0, -1),
    ':authority': host ?? url.host,
    ':path': pathOf(url),
  };
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    if (HTTP1_ONLY.has(key) || (key === 'te' && value !== 'trailers')) continue;
    // node:http2 writes one byte per character: this makes UTF-8 of it, as HTTP/1 requests have it here.
    const bytes = Buffer.from(value, 'utf8').toString('latin1');
    const before = headers[key];
    headers[key] = before === undefined ? bytes : [before, bytes].flat().map(String);
  }
  return headers;
}
