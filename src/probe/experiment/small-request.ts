import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeaderList } from '../../types.ts';
import type { ObserveOptions, ProbeTarget } from '../targets.ts';

const TIMEOUT_MS = 10_000;
/** What the origin saw of a few requests fits in many times over. */
const MOST_ANSWER_BYTES = 4 * 1_048_576;
const SOCKETS = 6;

/** A short exchange with the origin, through the hop. */
export interface SmallRequest {
  url: string;
  method?: string;
  headers?: HeaderList;
  /** Sent one after the other with a pause of `pauseMs` in between; `Content-Length` announces the whole. */
  pieces?: Buffer[];
  pauseMs?: number;
}

/** Null where no complete answer came. */
export type SmallAnswer = { status: number; body: unknown; sentAtMs: number[] } | null;

/** Sends short requests through a hop over connections of their own, which are kept for the next ones. */
export interface SmallRequests {
  send(request: SmallRequest): Promise<SmallAnswer>;
  close(): void;
}

export function createSmallRequests(
  target: ProbeTarget,
  settings: ObserveOptions,
  nowMs: () => number,
  signal: AbortSignal,
): SmallRequests {
  const isTls = new URL(target.url).protocol === 'https:';
  const transport = isTls ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: SOCKETS });

  function open(request: SmallRequest): http.ClientRequest {
    const { verifyTls, ca } = settings;
    const pieces = request.pieces ?? [];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const method = request.method ?? 'GET';
    const fields: HeaderList = [...(target.headers ?? []), ...(request.headers ?? [])];
    return transport.request(request.url, {
      agent,
      method,
      headers: {
        ...Object.fromEntries(fields),
        ...(method === 'GET' ? {} : { 'Content-Length': String(length) }),
      },
      rejectUnauthorized: verifyTls,
      ...(ca === null ? {} : { ca }),
      signal,
    });
  }

  return {
    async send(request) {
      const client = open(request);
      const answer = readAnswer(client);
      const sentAtMs: number[] = [];
      try {
        for (const [i, piece] of (request.pieces ?? []).entries()) {
          if (i > 0) await sleep(request.pauseMs ?? 0, undefined, { signal });
          sentAtMs.push(nowMs());
          client.write(piece);
        }
        client.end();
      } catch {
        client.destroy();
      }
      const read = await answer;
      return read === null ? null : { ...read, sentAtMs };
    },
    close: () => agent.destroy(),
  };
}

function readAnswer(client: http.ClientRequest): Promise<{ status: number; body: unknown } | null> {
  return new Promise((resolve) => {
    const late = setTimeout(() => client.destroy(), TIMEOUT_MS);
    const finish = (answer: { status: number; body: unknown } | null): void => {
      clearTimeout(late);
      resolve(answer);
    };
    client.once('error', () => finish(null));
    client.once('close', () => finish(null));
    client.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > MOST_ANSWER_BYTES) client.destroy();
      });
      response.once('error', () => finish(null));
      response.once('end', () => finish({ status: response.statusCode ?? 0, body: parse(text) }));
    });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
