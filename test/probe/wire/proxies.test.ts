import { readFileSync } from 'node:fs';
import { createSecureServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseProxy } from '../../../src/probe/wire/proxy-choice.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { bodyOf, observeOnce } from '../../support/observe-once.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { closedPort } from '../../support/test-server.ts';

const TLS = {
  cert: readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url), 'utf8'),
  key: readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url), 'utf8'),
};
const EVENT = 'data: one\n\n';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function startProxy(password: string | null = null) {
  const proxy = await startConnectProxy(password);
  closing.push(proxy.close);
  return proxy;
}

async function startOrigin(tls = false) {
  const server = await startScriptedServer((socket) => void socket.end(ANSWER), tls ? { tls: TLS } : {});
  closing.push(server.close);
  return `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}/stream`;
}

it('http: goes through the proxy in absolute form, and the proxy is recorded without its password', async () => {
  const proxy = await startProxy('me:sesame');
  const url = await startOrigin();
  const observation = await observeOnce(url, { proxy: { url: `http://me:sesame@127.0.0.1:${proxy.port}` } });
  expect(proxy.asked).toEqual([`GET ${url}`]);
  expect(observation.proxy).toEqual({
    url: `http://127.0.0.1:${proxy.port}`,
    from: '-x',
    mode: 'forward',
    answer: null,
  });
  expect(bodyOf(observation)).toBe(EVENT);
  expect(JSON.stringify(observation)).not.toContain('sesame');
});

it('https: goes through a tunnel', async () => {
  const proxy = await startProxy();
  const url = await startOrigin(true);
  const observation = await observeOnce(url, { ca: TLS.cert, proxy: { url: `127.0.0.1:${proxy.port}` } });
  expect(proxy.asked).toEqual([`CONNECT ${new URL(url).host}`]);
  expect(observation.proxy).toMatchObject({
    mode: 'tunnel',
    answer: { status: 200, headers: [['Proxy-Agent', 'small']] },
  });
  expect(observation.tls?.issuer).toBe('unclog test');
  expect(bodyOf(observation)).toBe(EVENT);
});

it('HTTP/2 goes through a tunnel, too', async () => {
  const server = createSecureServer(TLS) as unknown as Http2Server;
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    stream.end(EVENT);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const proxy = await startProxy();
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const observation = await observeOnce(url, {
    ca: TLS.cert,
    proxy: { url: `http://127.0.0.1:${proxy.port}` },
  });
  expect(observation.response?.httpVersion).toBe('2');
  expect(bodyOf(observation)).toBe(EVENT);
});

describe('what goes wrong in front of the hop is not blamed on it', () => {
  it('a proxy that refuses', async () => {
    const proxy = await startProxy('me:sesame');
    const url = await startOrigin(true);
    const { error, proxy: seen } = await observeOnce(url, {
      ca: TLS.cert,
      proxy: { url: `http://127.0.0.1:${proxy.port}` },
    });
    expect(error).toMatchObject({ code: 'UNCLOG_PROXY', phase: 'connect' });
    expect(error?.message).toMatch(/-x names, refused a tunnel to .*: 407/);
    expect(seen?.answer?.status).toBe(407);
  });

  it('a proxy that is not there', async () => {
    const { error } = await observeOnce('http://127.0.0.1:9/', {
      proxy: { url: `http://127.0.0.1:${await closedPort()}` },
    });
    expect(error?.code).toBe('UNCLOG_PROXY');
    expect(error?.message).toMatch(
      /cannot connect to the proxy http:\/\/127\.0\.0\.1:\d+, which -x names: ECONNREFUSED/,
    );
  });

  it('a proxy of another kind, whose URL may hold a password', async () => {
    const { error } = await observeOnce('http://127.0.0.1:9/', {
      proxy: { url: 'socks5://me:sesame@127.0.0.1:9' },
    });
    expect(error?.message).toMatch(/begins with socks5:\/\/, expected http:/);
    expect(error?.message).not.toContain('sesame');
  });
});

describe('the environment is read as curl reads it', () => {
  const cases: [
    what: string,
    url: string,
    env: Record<string, string>,
    proxy: string | null,
    from?: string,
  ][] = [
    ['http_proxy', 'http://a.example/', { http_proxy: 'http://p:1' }, 'http://p:1', 'http_proxy'],
    ['HTTP_PROXY in capitals is ignored', 'http://a.example/', { HTTP_PROXY: 'http://p:1' }, null],
    [
      'https_proxy',
      'https://a.example/',
      { https_proxy: 'p:2', HTTPS_PROXY: 'q:3' },
      'http://p:2',
      'https_proxy',
    ],
    ['HTTPS_PROXY', 'https://a.example/', { HTTPS_PROXY: 'http://q' }, 'http://q:1080', 'HTTPS_PROXY'],
    [
      'a port that the scheme implies',
      'http://a.example/',
      { http_proxy: 'http://p:80/' },
      'http://p:80',
      'http_proxy',
    ],
    ['an HTTPS proxy', 'https://a.example/', { HTTPS_PROXY: 'https://q' }, 'https://q:443', 'HTTPS_PROXY'],
    ['ALL_PROXY', 'http://a.example/', { ALL_PROXY: 'p:1' }, 'http://p:1', 'ALL_PROXY'],
    ['an empty variable', 'http://a.example/', { http_proxy: '', ALL_PROXY: 'p:1' }, null],
    ['NO_PROXY with a domain', 'http://a.b.example/', { http_proxy: 'p:1', NO_PROXY: 'c, .b.example' }, null],
    [
      'NO_PROXY with part of a name',
      'http://ab.example/',
      { http_proxy: 'p:1', NO_PROXY: 'b.example' },
      'http://p:1',
    ],
    ['NO_PROXY with a star', 'http://a.example/', { http_proxy: 'p:1', no_proxy: '*' }, null],
    ['NO_PROXY with a network', 'http://10.1.2.3/', { http_proxy: 'p:1', no_proxy: '10.0.0.0/8' }, null],
    [
      'NO_PROXY with another network',
      'http://11.1.2.3/',
      { http_proxy: 'p:1', no_proxy: '10.0.0.0/8' },
      'http://p:1',
    ],
    ['NO_PROXY with an IPv6 address', 'http://[::1]/', { http_proxy: 'p:1', no_proxy: '::1' }, null],
  ];
  it.each(cases)('%s', (_what, url, env, proxy, from) => {
    const chosen = chooseProxy(new URL(url), { proxy: 'environment', noProxy: null }, env);
    expect(chosen?.url ?? null).toBe(proxy);
    if (from !== undefined) expect(chosen?.from).toBe(from);
  });
});
