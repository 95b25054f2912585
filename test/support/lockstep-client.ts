import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createParser } from 'eventsource-parser';
import { createBodyReader } from './raw-body.ts';

/** How a lockstep run is to be made. */
export interface LockstepRun {
  /** Base URL of the hop under test, with the prefix that leads to the origin, if there is one. */
  through: string | URL;
  /** Base URL of the unclog origin itself: acknowledgements go there, past the hop. */
  direct: string | URL;
  events: number;
  /** Bytes of each event's data. Default: no padding. */
  eventBytes?: number;
  /** Spoken by the client to the hop. Default 1.1. */
  httpVersion?: '1.0' | '1.1';
  /** Default GET. */
  method?: 'GET' | 'POST';
  /** Of a POST. Default: empty. */
  body?: string;
  /** Further request fields, as sent. */
  headers?: Record<string, string>;
  /** How the origin frames the answer. Default chunked. */
  framing?: 'chunked' | 'close' | 'length';
  /** Send the first event only after the client has seen the response head. Default false. */
  awaitHead?: boolean;
  /** How long the origin waits for an acknowledgement. Default 5000. */
  patienceMs?: number;
  /** Further parameters of the lockstep endpoint, e.g. `{ 'opt-out': 'all' }`. */
  parameters?: Record<string, string>;
  /** For an https hop. Default: any certificate will do. */
  tls?: ConnectionOptions;
}

export interface LockstepOutcome {
  /** Events that reached the client, each in order and each acknowledged. */
  delivered: number;
  /** The event (0: the response head) that did not reach the client in the origin's patience, or null. */
  stalledAt: number | null;
  /** The response head as received, up to the blank line. */
  head: string;
}

/** Silence on the hop's connection, beyond the origin's patience, after which the client gives up. */
const GIVE_UP_MS = 10_000;

/**
 * Proves, without a stopwatch, that a hop passes every event on at once: event n+1 does not exist before event n
 * has been seen at the far end.
 */
export async function runLockstep(run: LockstepRun): Promise<LockstepOutcome> {
  const session = randomUUID();
  const patienceMs = run.patienceMs ?? 5_000;
  const query = new URLSearchParams({
    session,
    events: String(run.events),
    patience: String(patienceMs),
    ...(run.eventBytes === undefined ? {} : { size: String(run.eventBytes) }),
    ...(run.framing === undefined ? {} : { framing: run.framing }),
    ...(run.awaitHead ? { 'await-head': 'yes' } : {}),
    ...run.parameters,
  });
  const url = below(run.through, `lockstep?${query}`);
  const ack = async (seq: number) => {
    const answer = await fetch(below(run.direct, `ack?session=${session}&seq=${seq}`), { method: 'POST' });
    // 404 and 409: the origin has given up meanwhile, which the result tells.
    if (answer.status !== 204 && answer.status !== 404 && answer.status !== 409)
      throw new Error(`acknowledgement ${seq} was answered with ${answer.status}: ${await answer.text()}`);
  };
  const { delivered, head } = await follow(url, run, patienceMs, ack);
  const result = await fetch(below(run.direct, `lockstep/result?session=${session}`));
  if (result.status === 404) return { delivered, stalledAt: 0, head };
  const { stalledAt } = (await result.json()) as { stalledAt: number | null };
  return { delivered, stalledAt, head };
}

/** Reads the stream off a plain socket: no client library's own buffering or pooling takes part. */
function follow(
  url: URL,
  run: LockstepRun,
  patienceMs: number,
  ack: (seq: number) => Promise<void>,
): Promise<{ delivered: number; head: string }> {
  const socket = openSocket(url, run);
  return new Promise((resolve, reject) => {
    let delivered = 0;
    const acks: Promise<void>[] = [];
    const fail = (error: Error) => {
      reject(error);
      socket.destroy();
    };
    const acknowledge = (seq: number) => void acks.push(ack(seq).catch(fail));
    const parser = createParser({
      onEvent(event) {
        if (event.id !== String(delivered + 1))
          return fail(new Error(`event ${event.id} after ${delivered}`));
        delivered++;
        acknowledge(delivered);
      },
    });
    const body = createBodyReader({
      onHead(head) {
        const status = Number(head.split(' ', 2)[1]);
        if (status !== 200) fail(new Error(`the hop answered ${head.split('\r\n', 1)[0]}`));
        else if (run.awaitHead) acknowledge(0);
      },
      onText: (text) => parser.feed(text),
      onEnd: () => socket.end(),
    });
    socket.setTimeout(patienceMs + GIVE_UP_MS, () => socket.destroy());
    socket.on('data', (bytes: Buffer) => body.push(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      Promise.all(acks).then(() => resolve({ delivered, head: body.head }), reject);
    });
    socket.write(requestText(url, run));
  });
}

function openSocket(url: URL, run: LockstepRun): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:') return connect({ host, port: Number(url.port || 80), noDelay: true });
  return connectTls({ host, port: Number(url.port || 443), rejectUnauthorized: false, ...run.tls });
}

function requestText(url: URL, run: LockstepRun): string {
  const method = run.method ?? 'GET';
  const fields = {
    Host: url.host,
    Accept: 'text/event-stream',
    ...(method === 'POST' ? { 'Content-Length': String(Buffer.byteLength(run.body ?? '')) } : {}),
    ...run.headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url.pathname}${url.search} HTTP/${run.httpVersion ?? '1.1'}\r\n${lines.join('')}\r\n${run.body ?? ''}`;
}

function below(base: string | URL, rest: string): URL {
  return new URL(`${String(base).replace(/\/+$/, '')}/.well-known/unclog/${rest}`);
}
