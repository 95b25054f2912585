import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createGzip } from 'node:zlib';
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

/** A whole answer of a hop's own. */
export interface OwnAnswer {
  status: number;
  /** Default: the usual words for the status. */
  reason?: string;
  headers: HeaderList;
  body: string;
}

export interface HttpHopOptions {
  /** Changes the head of every answer that passes. */
  edit?: (head: HeaderList) => HeaderList;
  /** What it answers when there is no response head after so many milliseconds. */
  givesUp?: { afterMs: number; answer: OwnAnswer };
  /** Speaks TLS to its client, with a certificate (PEM). */
  tls?: { cert: string; key: string };
}

/** A proxy that understands HTTP, with a made-up way of sending streams on; requests and short answers pass unchanged. */
export async function startHttpHop(
  upstream: string,
  sendOn: SendOn,
  { edit = (head) => head, givesUp, tls }: HttpHopOptions = {},
): Promise<HttpHop> {
  const base = new URL(upstream);
  const handler = (incoming: IncomingMessage, response: ServerResponse): void => {
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
    const timer =
      givesUp &&
      setTimeout(() => {
        own(response, givesUp.answer);
        outgoing.destroy();
      }, givesUp.afterMs);
    response.on('close', () => clearTimeout(timer));
    outgoing.on('response', (answer) => {
      clearTimeout(timer);
      const head = edit(withoutHopByHop(fromRawHeaders(answer.rawHeaders)));
      (answer.headers['content-length'] === undefined ? sendOn : atOnce)(answer, head, response);
    });
    outgoing.on('error', () => void (response.headersSent || response.destroy()));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  const server = tls === undefined ? createServer(handler) : createTlsServer(tls, handler);
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, close };
}

function begin(answer: IncomingMessage, head: HeaderList, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, head.flat());
  response.flushHeaders();
}

function own(response: ServerResponse, { status, reason, headers, body }: OwnAnswer): void {
  if (response.headersSent) return;
  const head = [...headers, ['Content-Length', String(Buffer.byteLength(body))]].flat();
  if (reason === undefined) response.writeHead(status, head);
  else response.writeHead(status, reason, head);
  response.end(body);
}

/** Sends every piece on in the same turn. */
export const atOnce: SendOn = (answer, head, response) => {
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

/** Breaks an answer off when no byte came for so long. */
export const cutWhenIdle =
  (ms: number): SendOn =>
  (answer, head, response) => {
    atOnce(answer, head, response);
    let timer = setTimeout(() => response.destroy(), ms);
    answer.on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(() => response.destroy(), ms);
    });
    response.on('close', () => clearTimeout(timer));
  };

/** Keeps the head until the first byte of the body. */
export const headWithBody: SendOn = (answer, head, response) => {
  answer.once('data', () => begin(answer, head, response));
  answer.on('data', (bytes: Buffer) => void response.write(bytes));
  answer.on('end', () => response.end());
  answer.on('error', () => response.destroy());
};

/** Each piece of the body waits for the next one. */
export const oneBehind: SendOn = (answer, head, response) => {
  let kept: Buffer | undefined;
  begin(answer, head, response);
  answer.on('data', (piece: Buffer) => {
    if (kept !== undefined) response.write(kept);
    kept = piece;
  });
  answer.on('end', () => response.end(kept));
  answer.on('error', () => response.destroy());
};

/** Each piece of the body comes later by the same time. */
export const late =
  (ms: number): SendOn =>
  (answer, head, response) => {
    const later = (send: () => void): void => void setTimeout(() => void (response.destroyed || send()), ms);
    begin(answer, head, response);
    answer.on('data', (bytes: Buffer) => later(() => response.write(bytes)));
    answer.on('end', () => later(() => response.end()));
    answer.on('error', () => response.destroy());
  };

/** Compresses without flushing: what the compressor holds comes when a block of it is full. */
export const gzipped: SendOn = (answer, head, response) => {
  begin(answer, [...head, ['Content-Encoding', 'gzip']], response);
  answer.pipe(createGzip()).pipe(response);
};

/** Speaks HTTP/1.0 to its client: no chunks, the end of the connection is the end of the answer. */
export const asHttp10: SendOn = (answer, head, response) => {
  const { socket } = response;
  if (socket === null) return;
  const fields = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.0 ${answer.statusCode} ${answer.statusMessage}\r\n${fields}Connection: close\r\n\r\n`);
  answer.on('data', (bytes: Buffer) => void socket.write(bytes));
  answer.on('end', () => socket.end());
  answer.on('error', () => socket.destroy());
};

/** Takes no answer without a length. */
export const refusing =
  (page: OwnAnswer): SendOn =>
  (answer, _head, response) => {
    answer.destroy();
    own(response, page);
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
