import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { createOrigin } from '../../../src/origin/origin.ts';
import { startRunClock } from '../../../src/probe/clock.ts';
import { createSmallRequests, type SmallRequest } from '../../../src/probe/experiment/small-request.ts';
import { OBSERVE_DEFAULTS, type ObserveOptions, type ProbeTarget } from '../../../src/probe/targets.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';

const CERT = readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url), 'utf8');
const KEY = readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url), 'utf8');
const CLOCK = '/.well-known/unclog/clock';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startOrigin(path?: string): Promise<string> {
  const origin = await createOrigin({
    listen: { host: '127.0.0.1', port: 0, ...(path === undefined ? {} : { path }) },
  });
  closing.push(() => origin.close());
  return origin.url;
}

function requests(target: Partial<ProbeTarget> & { url: string }, settings: Partial<ObserveOptions> = {}) {
  const stop = new AbortController();
  const small = createSmallRequests(
    { name: 'hop', ...target },
    { ...OBSERVE_DEFAULTS, proxy: 'none', ...settings },
    startRunClock(),
    stop.signal,
  );
  closing.push(() => small.close());
  return { ...small, stop };
}

/** One request, to the URL of the target unless it names another. */
function sendOnce(
  target: Partial<ProbeTarget> & { url: string },
  settings: Partial<ObserveOptions> = {},
  request: Partial<SmallRequest> = {},
) {
  return requests(target, settings).send({ url: target.url, ...request });
}

/** Over TLS with HTTP/2 or 1.1; tells the protocol and the client's certificate. */
async function startSecureServer(): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createSecureServer(
    { cert: CERT, key: KEY, allowHTTP1: true, requestCert: true, rejectUnauthorized: false },
    async (request, response) => {
      const pieces: string[] = [];
      for await (const piece of request) pieces.push(String(piece));
      bodies.push(pieces.join(''));
      // With HTTP/2 the socket is a proxy of the session's.
      const { stream, socket } = request as Http2ServerRequest;
      const raw = (request.httpVersion === '2.0' ? stream.session?.socket : socket) as TLSSocket;
      const subject = raw.getPeerCertificate().subject as { CN?: string } | undefined;
      response.end(JSON.stringify({ version: request.httpVersion, client: subject?.CN ?? null }));
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies };
}

it('go through a proxy, as the streams do', async () => {
  const proxy = await startConnectProxy('me:sesame');
  closing.push(proxy.close);
  const url = `${await startOrigin()}${CLOCK}`;
  const answer = await sendOnce({ url }, { proxy: { url: `http://me:sesame@127.0.0.1:${proxy.port}` } });
  expect(answer?.status).toBe(200);
  expect(proxy.asked).toEqual([`GET ${url}`]);
});

it('go to the address that was given by hand', async () => {
  const { port } = new URL(await startOrigin());
  const resolve = [{ host: 'app.example', port: Number(port), addresses: ['127.0.0.1'] }];
  const answer = await sendOnce({ url: `http://app.example:${port}${CLOCK}` }, { resolve });
  expect(answer?.body).toMatchObject({ sentAt: expect.any(Number) });
});

it('go over a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-small-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'origin.sock');
  await startOrigin(path);
  const answer = await sendOnce({ url: `http://app.example${CLOCK}` }, { unixSocket: path });
  expect(answer?.status).toBe(200);
});

it('show the client certificate, and trust whom the streams trust', async () => {
  const { url } = await startSecureServer();
  const certificate = { cert: CERT, key: KEY };
  expect(await sendOnce({ url, certificate })).toBeNull();
  const answer = await sendOnce({ url, certificate }, { ca: CERT });
  expect(answer?.body).toEqual({ version: '2.0', client: 'localhost' });
  const unnamed = await sendOnce({ url }, { verifyTls: false });
  expect(unnamed?.body).toEqual({ version: '2.0', client: null });
});

it('speak the HTTP version that was asked for', async () => {
  const { url } = await startSecureServer();
  for (const httpVersion of ['1.0', '1.1', '2'] as const) {
    const answer = await sendOnce({ url }, { verifyTls: false, httpVersion });
    expect(answer?.body).toMatchObject({ version: httpVersion === '2' ? '2.0' : httpVersion });
  }
});

it('send a body in pieces over HTTP/1.1 and HTTP/2', async () => {
  const { url, bodies } = await startSecureServer();
  const pieces = ['one ', 'two ', 'three'].map((text) => Buffer.from(text));
  for (const httpVersion of ['1.1', '2'] as const) {
    const request = { method: 'POST', pieces, pauseMs: 20 };
    const answer = await sendOnce({ url }, { verifyTls: false, httpVersion }, request);
    expect(answer?.sentAtMs).toHaveLength(3);
  }
  expect(bodies).toEqual(['one two three', 'one two three']);
});

it('carry the caller’s credentials to the origin of the target only, and no fields of streams', async () => {
  const mine = await startScriptedServer((socket) => void socket.write(ANSWER));
  const other = await startScriptedServer((socket) => void socket.write(ANSWER));
  closing.push(mine.close, other.close);
  const { send } = requests({
    url: `http://127.0.0.1:${mine.port}/`,
    headers: [
      ['Authorization', 'Bearer sesame'],
      ['X-Tenant', 'seven'],
      ['Last-Event-ID', '41'],
      ['Accept', 'text/event-stream'],
    ],
  });
  await send({ url: `http://127.0.0.1:${mine.port}/a` });
  await send({ url: `http://127.0.0.1:${mine.port}/b` });
  await send({ url: `http://localhost:${other.port}/` });
  expect(mine.connections).toBe(1);
  expect(mine.requests[1]).toMatch(/^Authorization: Bearer sesame\r$/m);
  expect(mine.requests[1]).toMatch(/^X-Tenant: seven\r$/m);
  expect(mine.requests[1]).not.toMatch(/last-event-id|event-stream/i);
  expect(other.requests.join()).not.toContain('sesame');
});

it('try again on a new connection when the kept one was closed', async () => {
  const server = await startScriptedServer((socket) => {
    if (server.connections === 1 && server.requests.length === 2) socket.destroy();
    else socket.write(ANSWER);
  });
  closing.push(server.close);
  const url = `http://127.0.0.1:${server.port}/`;
  const { send } = requests({ url });
  await send({ url });
  expect(await send({ url })).toMatchObject({ status: 200 });
  expect(server.connections).toBe(2);
});

it('are null for an answer that breaks off, for one that is too long, and once the run has ended', async () => {
  const endings = ['', `HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}`, 'HTTP/1.1 200 OK\r\n\r\n'];
  for (const text of endings) {
    const server = await startScriptedServer((socket) => {
      if (text.endsWith('OK\r\n\r\n')) socket.end(text + 'x'.repeat(5 * 1_048_576));
      else socket.end(text);
    });
    closing.push(server.close);
    expect(await sendOnce({ url: `http://127.0.0.1:${server.port}/` })).toBeNull();
  }
  const silent = await startScriptedServer(() => {});
  closing.push(silent.close);
  const url = `http://127.0.0.1:${silent.port}/`;
  const { send, stop } = requests({ url });
  const waiting = send({ url });
  stop.abort();
  expect(await waiting).toBeNull();
});
