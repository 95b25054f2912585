import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { fromRawHeaders } from '../../src/http/header-list.ts';
import { withoutHopByHop } from '../../src/http/hop-by-hop.ts';
import { listen } from '../../src/http/listen.ts';
import type { HeaderList } from '../../src/types.ts';

/** The way a made-up hop sends an answer on. Complete short answers never come here. */
export type SendOn = (answer: IncomingMessage, head: HeaderList, response: ServerResponse) => void;

export interface HttpHop {
  /** Base URL without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** A proxy that understands HTTP, with a made-up way of sending streams on; requests and short answers pass unchanged. */
export async function startHttpHop(upstream: string, sendOn: SendOn): Promise<HttpHop> {
  const base = new URL(upstream);
  const server = createServer((incoming, response) => {
    const sent = withoutHopByHop(fromRawHeaders(incoming.rawHeaders));
    const fields = sent.filter(([name]) => name.toLowerCase() !== 'host');
    const outgoing = request({
      host: base.hostname,
      port: base.port,
      method: incoming.method,
      path: incoming.url,
      agent: false,
      headers: [...fields, ['Host', base.host], ['Connection', 'close']].flat(),
    });
    outgoing.on('response', (answer) => {
      const head = withoutHopByHop(fromRawHeaders(answer.rawHeaders));
      (answer.headers['content-length'] === undefined ? sendOn : atOnce)(answer, head, response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function begin(answer: IncomingMessage, head: HeaderList, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, head.flat());
  response.flushHeaders();
}

const atOnce: SendOn = (answer, head, response) => {
  begin(answer, head, response);
  answer.on('data', (bytes: Buffer) => void response.write(bytes));
  answer.on('end', () => response.end());
  answer.on('error', () => response.destroy());
};

/** Collects the whole answer and sends it with its length, as a CDN that must know what it stores. */
export const wholeBody: SendOn = (answer, head, response) => {
  const pieces: Buffer[] = [];
  answer.on('data', (bytes: Buffer) => void pieces.push(bytes));
  answer.on('error', () => response.destroy());
  answer.on('end', () => {
    const body = Buffer.concat(pieces);
    begin(answer, [...head, ['Content-Length', String(body.length)]], response);
    response.end(body);
  });
};

/** Breaks every answer off at this age, busy or not. */
export const cutAtAge =
  (ms: number): SendOn =>
  (answer, head, response) => {
    atOnce(answer, head, response);
    const timer = setTimeout(() => response.destroy(), ms);
    response.on('close', () => clearTimeout(timer));
  };

/** Keeps an answer's body until so many bytes have come together, then lets everything flow, as a filter that looks at the start. */
export const openedBy =
  (bytes: number): SendOn =>
  (answer, head, response) => {
    let kept: Buffer | null = Buffer.alloc(0);
    begin(answer, head, response);
    answer.on('data', (piece: Buffer) => {
      if (kept === null) return void response.write(piece);
      kept = Buffer.concat([kept, piece]);
      if (kept.length < bytes) return;
      response.write(kept);
      kept = null;
    });
    answer.on('end', () => response.end(kept ?? undefined));
    answer.on('error', () => response.destroy());
  };

/** Removes fields from the head. */
export const without =
  (...names: string[]): SendOn =>
  (answer, head, response) =>
    atOnce(
      answer,
      head.filter(([name]) => !names.includes(name.toLowerCase())),
      response,
    );

/** Gives every later reader of an address what the first one got, at once. */
export function replaying(): SendOn {
  const stored = new Map<string, Buffer>();
  return (answer, head, response) => {
    const key = response.req.url ?? '';
    const recording = stored.get(key);
    if (recording !== undefined) {
      answer.destroy();
      begin(answer, [...head, ['Age', '3']], response);
      response.end(recording);
      return;
    }
    const pieces: Buffer[] = [];
    answer.on('data', (bytes: Buffer) => void pieces.push(bytes));
    answer.on('end', () => stored.set(key, Buffer.concat(pieces)));
    atOnce(answer, head, response);
  };
}
