import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDeafListener } from './support/deaf-listener.ts';
import { ask, type Http2Exchange, startHttp2Exchange } from './support/http2-exchange.ts';
import { connectSession, startSecureGateway } from './support/secure-gateway.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

/** The promise is 10 ms; this machine is shared. Medians are in figures.test.ts. */
const SOON_MS = 250;

type Leaving = [how: string, leave: (exchange: Http2Exchange) => void];

const WAYS: Leaving[] = [
  ['resets its stream', ({ client }) => client.stream.close(constants.NGHTTP2_CANCEL)],
  ['ends its connection', ({ session }) => session.destroy()],
];

const PHASES: [phase: string, path: string, reach: (exchange: Http2Exchange) => Promise<void>][] = [
  ['waits for the head', '/stream', async () => {}],
  ['waits for the head on an ordinary route', '/x', async () => {}],
  [
    'waits in a quiet stream',
    '/stream',
    async ({ client, origin }) => {
      origin.write(CHUNKED_HEAD);
      await client.untilHead();
    },
  ],
  [
    'waits in a quiet stream on an ordinary route',
    '/x',
    async ({ client, origin }) => {
      origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
      await client.until('data: a');
    },
  ],
  [
    'gets bytes',
    '/stream',
    async ({ client, origin }) => {
      origin.write(CHUNKED_HEAD + chunk('x'.repeat(30_000)));
      await client.until('x'.repeat(30_000));
    },
  ],
];

describe.each(WAYS)('an HTTP/2 client that %s', (_how, leave) => {
  it.each(PHASES)('while it %s is gone for the upstream at once', async (_phase, path, reach) => {
    const exchange = await startHttp2Exchange({ ':path': path });
    await reach(exchange);
    const leftMs = performance.now();
    leave(exchange);
    await exchange.origin.untilEnd();
    expect(performance.now() - leftMs).toBeLessThan(SOON_MS);
    expect(await exchange.gateway.exchange()).toMatchObject({ outcome: 'client-gone' });
    expect(exchange.gateway.running.openExchanges).toBe(0);
  });

  it('while the upstream does not take its body is gone for the upstream at once', async () => {
    const exchange = await startHttp2Exchange({ ':method': 'POST' }, {}, 'x');
    exchange.origin.socket.pause();
    exchange.client.stream.write(Buffer.alloc(60_000));
    // More than a connection's buffers and the stream's window hold.
    for (let i = 0; i < 40; i++) exchange.client.stream.write(Buffer.alloc(1_000_000));
    await new Promise((resolve) => setTimeout(resolve, 300));
    leave(exchange);
    expect(await exchange.gateway.exchange()).toMatchObject({ outcome: 'client-gone' });
    exchange.origin.socket.resume();
    await exchange.origin.untilEnd();
  });

  it('while the gateway connects has its request never sent', async () => {
    const gateway = await startSecureGateway(`http://127.0.0.1:${await startDeafListener()}`);
    const session = connectSession(gateway.address.port);
    const client = ask(session);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(gateway.running.openExchanges).toBe(1);
    leave({ client, session } as Http2Exchange);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', status: null });
    expect(gateway.running.openExchanges).toBe(0);
  });
});

it.each([
  ['FIN', (socket: Socket) => void socket.end()],
  ['reset', (socket: Socket) => void socket.resetAndDestroy()],
])('a connection that ends with a %s takes all its streams with it', async (_how, end) => {
  const { upstream, gateway } = await startHttp2Exchange().then(async (first) => {
    first.session.destroy();
    await first.origin.untilEnd();
    return first;
  });
  const { connect } = await import('node:net');
  const tcp = connect(gateway.address.port, '127.0.0.1');
  tcp.on('error', () => {});
  onTestFinished(() => void tcp.destroy());
  const { connect: connectHttp2 } = await import('node:http2');
  const session = connectHttp2('https://localhost', {
    createConnection: () => connectTls({ socket: tcp, rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
  });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  for (let i = 0; i < 5; i++) ask(session);
  const origins = [];
  for (let i = 0; i < 5; i++) {
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD);
    origins.push(origin);
  }
  end(tcp);
  await Promise.all(origins.map((origin) => origin.untilEnd()));
  expect(gateway.running.openExchanges).toBe(0);
});

it('a stream that is reset leaves the others of its connection alone', async () => {
  const { upstream, session, client, origin } = await startHttp2Exchange();
  const other = ask(session);
  const otherOrigin = await upstream.next();
  await otherOrigin.until('\r\n\r\n');
  otherOrigin.write(CHUNKED_HEAD);
  client.stream.close(constants.NGHTTP2_CANCEL);
  await origin.untilEnd();
  otherOrigin.write(chunk('data: still here\n\n'));
  await other.until('data: still here');
});
