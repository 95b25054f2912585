import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer, startUpstream } from '../gateway/support/raw-peer.ts';
import { startExchange, startGateway } from '../gateway/support/start-gateway.ts';
import {
  type Attack,
  answersIn,
  expectFooledDirectly,
  expectServed,
  expectStopped,
  type Fooled,
  PATHS,
  SMUGGLED,
} from './support/attack.ts';
import { startLenientUpstream } from './support/lenient-upstream.ts';

const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
const seesField =
  (name: string): Fooled =>
  (seen) =>
    seen.some(({ fields }) => fields.some(([key]) => key === name));

const UPGRADES: Attack[] = [
  {
    name: 'h2c',
    upstream: {},
    bytes: (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${H2C}\r\n`,
    gateway: 'forwarded',
    fooled: seesField('upgrade'),
  },
  {
    name: 'the settings of h2c',
    upstream: {},
    bytes: (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${H2C}\r\n`,
    gateway: 'forwarded',
    fooled: seesField('http2-settings'),
  },
  {
    name: 'h2c that Connection does not announce',
    upstream: {},
    bytes: (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n`,
    gateway: 'forwarded',
    fooled: seesField('upgrade'),
  },
  {
    name: 'h2c before websocket',
    upstream: {},
    bytes: (path) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, websocket\r\n\r\n`,
    gateway: 'forwarded',
    fooled: seesField('upgrade'),
  },
  {
    name: 'h2c in a second field',
    upstream: {},
    bytes: (path) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n`,
    gateway: 'forwarded',
    fooled: seesField('upgrade'),
  },
  {
    name: 'TLS within HTTP',
    upstream: {},
    bytes: (path) => `OPTIONS ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n`,
    gateway: 'forwarded',
    fooled: seesField('upgrade'),
  },
  {
    name: 'an h2c preface behind the upgrade',
    upstream: {},
    bytes: (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${H2C}\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    gateway: 'cut off',
    fooled: (seen) => seen.some(({ method }) => method === 'PRI'),
  },
  {
    name: 'an upgrade with a body that is a request',
    upstream: { framing: 'none' },
    bytes: (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    gateway: 'forwarded',
    fooled: seesField('upgrade'),
  },
];

describe.each(PATHS)('upgrades that are none on %s', (path) => {
  it.each(UPGRADES)('$name: the upstream alone gets it', (attack) => expectFooledDirectly(attack, path));
  // The body of the last one is a request to its upstream whoever sends it; see CL.0 for what becomes of that.
  it.each(UPGRADES.slice(0, -1))('$name: not behind the gateway', (attack) => expectStopped(attack, path));
});

const WEBSOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

describe('a websocket that the upstream declines is no tunnel', () => {
  it('for a request behind the answer', async () => {
    const upstream = await startLenientUpstream();
    const { address } = await startGateway(upstream.url);
    const attacker = await connectPeer(address.port);
    attacker.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`);
    await attacker.until('reached /ws');
    attacker.write(SMUGGLED);
    await attacker.untilEnd();
    await sleep(30);
    expect(upstream.targets).toEqual(['/ws']);
    expect(answersIn(attacker.text)).toBe(1);
    await expectServed(address.port, upstream);
  });

  it('for a request in the same packet, which is refused', () =>
    expectStopped(
      {
        name: '',
        upstream: {},
        bytes: () => `GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n${SMUGGLED}`,
        gateway: 400,
      },
      '/ws',
    ));

  it('though without a gateway it is one', async () => {
    const upstream = await startLenientUpstream();
    const attacker = await connectPeer(upstream.port);
    attacker.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n${SMUGGLED}`);
    await attacker.until('reached /admin');
  });
});

it.each(['204 No Content', '304 Not Modified'])(
  'a websocket that the upstream declines with %s gets no body',
  async (status) => {
    const { client, origin } = await startExchange(`GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`);
    origin.write(`HTTP/1.1 ${status}\r\nX-A: b\r\n\r\n`);
    await client.untilEnd();
    expect(client.text).toMatch(/^HTTP\/1\.1 [23]04 [\s\S]*\r\n\r\n$/);
    expect(client.text.split('\r\n\r\n')).toHaveLength(2);
    expect(client.text).not.toMatch(/^transfer-encoding/im);
  },
);

it.each([
  ['a control character in the reason', 'HTTP/1.1 200 O\x1aK\r\nContent-Length: 5\r\n\r\nhello'],
  [
    'an unknown transfer coding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ],
  [
    'both framings',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ],
])('a websocket that the upstream declines with %s is answered 502', async (_what, answer) => {
  const { client, origin } = await startExchange(`GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`);
  origin.write(answer);
  const { status, fields } = await client.head();
  expect(status).toBe(502);
  expect(fields['proxy-status']).toMatch(/^unclog; error=http_/);
  expect(client.text).not.toContain('hello');
});

it('a websocket with a body is an ordinary request with a body', async () => {
  const upstream = await startLenientUpstream();
  const { address } = await startGateway(upstream.url);
  const attacker = await connectPeer(address.port);
  attacker.write(
    `GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  );
  await attacker.until('reached /ws');
  expect(upstream.seen.map(({ body }) => body)).toEqual([SMUGGLED]);
  expect(upstream.seen[0]?.fields.map(([name]) => name)).not.toContain('upgrade');
  await expectServed(address.port, upstream);
});

it.each([
  ['is refused', '/ws/../admin'],
  ['fails at its upstream', '/ws'],
])('a client that resets while its websocket %s harms nobody', async (_what, target) => {
  const upstream = await startLenientUpstream();
  const refusing = target === '/ws' ? 'http://127.0.0.1:9' : upstream.url;
  const { address } = await startGateway(refusing);
  const bytes = `GET ${target} HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`;
  for (let n = 0; n < 300; n++) {
    const attacker = connect(address.port, '127.0.0.1');
    attacker.on('error', () => {});
    attacker.write(bytes);
    await once(attacker, 'connect');
    if (n % 3 > 0) await new Promise(setImmediate);
    if (n % 3 > 1) await new Promise(setImmediate);
    attacker.resetAndDestroy();
  }
  const client = await connectPeer(address.port);
  client.write('GET /ws/../admin HTTP/1.1\r\nHost: a\r\n\r\n');
  expect((await client.head()).status).toBe(400);
});

describe.each(PATHS)('behind an unfinished answer of %s', (path) => {
  const upgrade = (protocol: string) =>
    `GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

  it.each(['websocket', 'h2c'])('an upgrade to %s puts nothing into it', async (protocol) => {
    const { client, origin, upstream } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
    await client.until('first');
    client.write(upgrade(protocol));
    await sleep(100);
    expect(upstream.received).not.toContain('/ws');
    origin.write('-last');
    // It may come in its turn, or end the connection.
    await client.until('last').catch(() => {});
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nfirst(?:-last)?$/);
  });

  it.each(['websocket', 'h2c'])(
    'an upgrade to %s in the same packet is not answered first',
    async (protocol) => {
      const upstream = await startLenientUpstream({ thinkMs: 50 });
      const { address } = await startGateway(upstream.url);
      const client = await connectPeer(address.port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n${upgrade(protocol)}`);
      await client.until(`reached ${path}`).catch(() => client.untilEnd());
      expect(client.text).not.toContain('reached /ws');
      await expectServed(address.port, upstream);
    },
  );
});

it('a client that goes after a websocket request with bytes behind it is noticed', async () => {
  const upstream = await startUpstream();
  const gateway = await startGateway(upstream.url);
  const clients = await Promise.all(
    Array.from({ length: 5 }, () => connectPeer(gateway.address.port, false)),
  );
  for (const client of clients) client.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\nearly`);
  await sleep(100);
  for (const client of clients) client.socket.end();
  await expect.poll(() => gateway.running.openExchanges, { timeout: 5_000 }).toBe(0);
  // Nothing that came too early goes on as a request.
  expect(upstream.received).not.toContain('early');
});

it.each([
  ['resets', (origin: Socket) => origin.resetAndDestroy()],
  ['closes', (origin: Socket) => origin.end()],
  ['answers with garbage', (origin: Socket) => origin.write('garbage\r\n\r\n')],
])('a websocket whose upstream %s leaves no timer behind', async (_how, act) => {
  const upstream = await startUpstream();
  const gateway = await startGateway(upstream.url);
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  for (let n = 0; n < 20; n++) {
    const client = await connectPeer(gateway.address.port);
    client.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    act(origin.socket);
    await client.untilEnd();
    client.socket.destroy();
  }
  // A few belong to the test itself; the gateway's own would be twenty.
  await expect.poll(timers, { timeout: 10_000 }).toBeLessThan(before + 10);
});

describe.each(PATHS)('behind a body for %s that was answered before it was whole', (path) => {
  it.each(['websocket', 'h2c'])(
    'an upgrade to %s is not taken: the connection is ending',
    async (protocol) => {
      const { client, origin, gateway, upstream } = await startExchange(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell`,
      );
      origin.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch');
      await client.until('much');
      client.write(`oGET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
      await sleep(100);
      expect(upstream.received).not.toContain('/ws');
      expect(answersIn(client.text)).toBe(1);
      await expect.poll(() => gateway.running.openExchanges, { timeout: 5_000 }).toBe(0);
    },
  );
});
