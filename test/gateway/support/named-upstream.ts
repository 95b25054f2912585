import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { connectPeer } from './raw-peer.ts';

/** A server that answers each request with its own name, or as it is told to. */
export interface NamedUpstream {
  url: string;
  port: number;
  /** `METHOD target` of each request. */
  requests: string[];
  /** The fields of the last request, names in lower case. */
  lastHeaders(): IncomingMessage['headers'];
  /** Requests without an answer, for an `answer` that gives none. */
  answer: (req: IncomingMessage, res: ServerResponse) => void;
  /** Stops listening and closes every connection. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

export async function startNamed(name: string): Promise<NamedUpstream> {
  let last: IncomingMessage['headers'] = {};
  let server: Server | null = null;
  const upstream: NamedUpstream = {
    url: '',
    port: 0,
    requests: [],
    lastHeaders: () => last,
    answer: (_req, res) => void res.end(name),
    async stop() {
      const stopping = server;
      server = null;
      if (stopping === null) return;
      stopping.closeAllConnections();
      await new Promise((resolve) => stopping.close(resolve));
    },
    async start() {
      server = createServer({ maxHeaderSize: 1_048_576 }, (req, res) => {
        upstream.requests.push(`${req.method} ${req.url}`);
        last = req.headers;
        upstream.answer(req, res);
      });
      server.listen(upstream.port, '127.0.0.1');
      await once(server, 'listening');
      upstream.port = (server.address() as { port: number }).port;
      upstream.url = `http://127.0.0.1:${upstream.port}`;
    },
  };
  await upstream.start();
  onTestFinished(() => upstream.stop());
  return upstream;
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function closedPort(): Promise<number> {
  const upstream = await startNamed('none');
  await upstream.stop();
  return upstream.port;
}

export interface Answer {
  status: number;
  fields: Record<string, string>;
  body: string;
}

/** One request on a connection of its own; resolves with the whole answer. */
export async function fetchRaw(
  port: number,
  path: string,
  { method = 'GET', host = 'a', fields = [] as string[], body = '' } = {},
): Promise<Answer> {
  const client = await connectPeer(port);
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...fields, 'Connection: close'];
  if (body !== '') lines.push(`Content-Length: ${body.length}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  await client.untilEnd();
  const head = await client.head();
  const text = /chunked/i.test(head.fields['transfer-encoding'] ?? '') ? unchunk(head.body) : head.body;
  return { status: head.status, fields: head.fields, body: text };
}

function unchunk(text: string): string {
  let rest = text;
  let whole = '';
  for (;;) {
    const end = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.slice(0, end), 16);
    if (!(length > 0)) return whole;
    whole += rest.slice(end + 2, end + 2 + length);
    rest = rest.slice(end + 2 + length + 2);
  }
}
