import { readFileSync } from 'node:fs';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { bodyOf, faultsOf, observeOnce } from '../../support/observe-once.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const CERT = readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url), 'utf8');
const KEY = readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url), 'utf8');
const EVENT = 'data: one\n\n';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Over TLS unless `plain`; `answer` gets each stream. */
async function serveHttp2(answer: (stream: ServerHttp2Stream) => void, plain = false): Promise<string> {
  const secure = { cert: CERT, key: KEY, allowHTTP1: true };
  const server: Http2Server = plain ? createServer() : (createSecureServer(secure) as unknown as Http2Server);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    answer(stream);
  });
  // With HTTP/1.1 the same port answers through the compatibility interface.
  if (!plain)
    server.on('request', (request, response) => {
      if (request.httpVersionMajor === 1) response.end('data: old\n\n');
    });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    for (const session of sessions) session.destroy();
    (server as unknown as Server).close();
  });
  return `${plain ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/stream`;
}

async function serveHttp1(answer: string): Promise<ScriptedServer> {
  const server = await startScriptedServer((socket) => void socket.end(answer));
  closing.push(server.close);
  return server;
}

const FIELDS = { ':status': 200, 'content-type': 'text/event-stream', 'x-b': '1', 'x-a': ['2', '3'] };

describe('HTTP/2', () => {
  it('is spoken where TLS offers it, as browsers do, and DATA frames are recorded one by one', async () => {
    const url = await serveHttp2((stream) => {
      stream.respond(FIELDS);
      stream.write(EVENT);
      setTimeout(() => stream.write('data: '), 100);
      setTimeout(() => stream.end('three\n\n'), 200);
    });
    const observation = await observeOnce(url, { ca: CERT });
    expect(observation.tls).toMatchObject({ alpn: 'h2', protocol: 'TLSv1.3' });
    expect(observation.response).toMatchObject({ status: 200, httpVersion: '2', framing: 'h2' });
    expect(observation.response?.headers.slice(0, 4)).toEqual([
      ['content-type', 'text/event-stream'],
      ['x-b', '1'],
      ['x-a', '2'],
      ['x-a', '3'],
    ]);
    const frames = (observation.wire?.frames ?? []).filter((frame) => frame.bytes > 0);
    expect(frames.map((frame) => frame.bytes)).toEqual([EVENT.length, 6, 7]);
    const [first, second, third] = frames;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(50);
    expect((third?.atMs ?? 0) - (second?.atMs ?? 0)).toBeGreaterThan(50);
    expect(observation.chunks.map((chunk) => chunk.atMs)).toEqual(frames.map((frame) => frame.atMs));
    expect(bodyOf(observation)).toBe(`${EVENT}data: three\n\n`);
    expect(observation.end).toMatchObject({ reason: 'complete', detail: null });
    expect(observation.marks.headMs).toBe(observation.marks.firstByteMs);
    expect(observation.wire?.headBytes).toBeGreaterThan(10);
  });

  it('is spoken without TLS when it is known to be there', async () => {
    const url = await serveHttp2((stream) => {
      stream.respond(FIELDS);
      stream.end(EVENT);
    }, true);
    const observation = await observeOnce(url, { httpVersion: '2-prior-knowledge' });
    expect(observation.response?.httpVersion).toBe('2');
    expect(bodyOf(observation)).toBe(EVENT);
    expect(observation.end?.reason).toBe('complete');
  });

  it('is not spoken when HTTP/1.1 is asked for', async () => {
    const url = await serveHttp2((stream) => stream.respond(FIELDS));
    const observation = await observeOnce(url, { ca: CERT, httpVersion: '1.1' });
    expect(observation.tls?.alpn).toBe('http/1.1');
    expect(observation.response?.httpVersion).toBe('1.1');
    expect(bodyOf(observation)).toBe('data: old\n\n');
  });

  it('sends a body and names no connection fields', async () => {
    let text = '';
    const url = await serveHttp2((stream) => {
      stream.on('data', (bytes: Buffer) => {
        text += bytes.toString();
      });
      stream.on('end', () => {
        stream.respond(FIELDS);
        stream.end(EVENT);
      });
    }, true);
    const observation = await observeOnce(
      url,
      { httpVersion: '2-prior-knowledge', method: 'POST', body: Buffer.from('{"stream":true}') },
      {
        headers: [
          ['Connection', 'keep-alive'],
          ['X-Own', 'yes'],
          ['Content-Type', 'application/json'],
        ],
      },
    );
    expect(text).toBe('{"stream":true}');
    expect(observation.request.headers).toContainEqual(['X-Own', 'yes']);
    expect(observation.end?.reason).toBe('complete');
    expect(observation.marks.requestMs).not.toBeNull();
  });

  it('trailers and interim answers are kept', async () => {
    const url = await serveHttp2((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      stream.respond(FIELDS, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'x-end': 'yes' }));
      stream.end(EVENT);
    }, true);
    const { wire, end } = await observeOnce(url, { httpVersion: '2-prior-knowledge' });
    expect(wire?.interim).toMatchObject([{ status: 103, headers: [['link', '</a.css>']] }]);
    expect(wire?.trailers).toEqual([['x-end', 'yes']]);
    expect(end?.reason).toBe('complete');
  });

  it('a server that does not speak it is told as such', async () => {
    const server = await serveHttp1('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    const { error } = await observeOnce(`http://127.0.0.1:${server.port}/`, {
      httpVersion: '2-prior-knowledge',
    });
    expect(error?.code).toBe('UNCLOG_NOT_HTTP');
    expect(error?.message).toContain('HTTP/1');
  });
});

describe('HTTP/1.0', () => {
  it('is sent as such, and a close ends its answer', async () => {
    const server = await serveHttp1(`HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n${EVENT}`);
    const observation = await observeOnce(`http://127.0.0.1:${server.port}/s?a=b`, { httpVersion: '1.0' });
    expect(server.requests[0]).toMatch(/^GET \/s\?a=b HTTP\/1\.0\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    expect(observation.response).toMatchObject({ httpVersion: '1.0', framing: 'close' });
    expect(observation.end?.reason).toBe('closed');
    expect(faultsOf(observation)).toEqual([]);
  });
});
