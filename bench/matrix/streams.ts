import { readAnswer } from './answer.ts';
import { bad, type Cell, formatMs, good, PROMPT_MS } from './check.ts';
import type { Peer } from './peer.ts';
import type { Exchange, RequestWords, Stage } from './stage.ts';
import type { Origin } from './upstream.ts';

export const EVENT_STREAM = 'Content-Type: text/event-stream\r\n';
export const CHUNKED_HEAD = `HTTP/1.1 200 OK\r\n${EVENT_STREAM}Transfer-Encoding: chunked\r\n\r\n`;
/** As HTTP/1.0 servers answer: the end of the connection is the end of the body. */
export const CLOSE_HEAD = `HTTP/1.0 200 OK\r\n${EVENT_STREAM}\r\n`;
export const LAST_CHUNK = '0\r\n\r\n';

export function chunk(payload: string): string {
  return `${payload.length.toString(16)}\r\n${payload}\r\n`;
}

export function event(number: number): string {
  return `id: ${number}\ndata: event ${number}\n\n`;
}

/** An answer as a server writes it that keeps to the standard, piece by piece. */
export interface Speaker {
  /** False towards a proxy that asked in HTTP/1.0: it gets no chunks (RFC 9112 section 6.1). */
  isChunked: boolean;
  head(): void;
  piece(payload: string): void;
  /** Ends the body. */
  last(): void;
}

/** @param head a complete response head; chunked ones become close-delimited where the request is of HTTP/1.0 */
export function speak({ peer, requestLine }: Origin, head = CHUNKED_HEAD): Speaker {
  const asksForChunks = head.includes('chunked');
  const isChunked = asksForChunks && !requestLine.endsWith('/1.0');
  const ownHead =
    asksForChunks && !isChunked
      ? head.replace('HTTP/1.1', 'HTTP/1.0').replace('Transfer-Encoding: chunked\r\n', '')
      : head;
  return {
    isChunked,
    head: () => peer.write(ownHead),
    piece: (payload) => peer.write(isChunked ? chunk(payload) : payload),
    last: () => (isChunked ? peer.write(LAST_CHUNK) : peer.close()),
  };
}

/** A stream in the middle: head and first event have arrived at the client. */
export type OpenStream = Exchange & { origin: Origin };

/** Opens a stream, or says where it got stuck. */
export async function openStream(
  stage: Stage,
  words: RequestWords = {},
  head = CHUNKED_HEAD,
): Promise<OpenStream | string> {
  const { client, token, origin } = await stage.exchange(words);
  if (origin === null) return `request held${answered(client)}`;
  const out = speak(origin, head);
  out.head();
  out.piece(event(1));
  if (!(await client.until('data: event 1\n', 1_500))) return `first event held${answered(client)}`;
  return { client, token, origin };
}

/** Status that a client got, for a value's end. */
export function answered(client: Peer): string {
  const { head } = readAnswer(client.text);
  return head === null ? (client.ended === null ? '' : ', closed') : `, ${head.status}`;
}

export interface LockstepWords {
  request?: RequestWords;
  head?: string;
  events: number;
  /** What the client sends before event n, which waits for it at the upstream; the first is part of the request. */
  ping?: (n: number) => string;
}

/** A pace below this is a hold: 200 events take milliseconds. */
const LOCKSTEP_WITHIN_MS = 5_000;

/** Sends event n + 1 only after event n has arrived: whatever waits for more bytes stalls at once. */
export async function lockstep(stage: Stage, words: LockstepWords): Promise<Cell> {
  const { events, head = CHUNKED_HEAD } = words;
  const { client, origin } = await stage.exchange(words.request);
  if (origin === null)
    return bad(`0/${events}: request held`, `the request did not reach the upstream${answered(client)}`);
  const out = speak(origin, head);
  out.head();
  const delays: number[] = [];
  const until = performance.now() + LOCKSTEP_WITHIN_MS;
  for (let n = 1; n <= events; n++) {
    if (words.ping !== undefined) {
      const ping = words.ping(n);
      // The first goes with the head: some clients' libraries send no head without a body's first piece.
      if (n > 1) client.write(chunk(ping));
      if (!(await origin.peer.until(ping, until - performance.now()))) break;
    }
    const sentMs = performance.now();
    const from = client.text.length;
    out.piece(event(n));
    const left = until - performance.now();
    if (left <= 0 || !(await client.until(`data: event ${n}\n`, left, Math.max(0, from - 32)))) break;
    delays.push(performance.now() - sentMs);
  }
  return judgeLockstep(delays, events, client);
}

function judgeLockstep(delays: readonly number[], events: number, client: Peer): Cell {
  const sorted = [...delays].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 0;
  if (delays.length < events) {
    const pace = delays.length > 1 ? `, ${formatMs(middle)} each` : '';
    return bad(
      `${delays.length}/${events}${pace}`,
      `event ${delays.length + 1} did not arrive${answered(client)}`,
    );
  }
  const value = `${events}/${events}, ${formatMs(middle)}`;
  return middle < PROMPT_MS ? good(value) : bad(value);
}
