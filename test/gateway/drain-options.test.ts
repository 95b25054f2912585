import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { DRAIN_FROM, DRAIN_UNTIL } from '../../src/gateway/drain.ts';
import { ask, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer } from './support/raw-peer.ts';
import { startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

const END = '\r\n0\r\n\r\n';
const NDJSON_HEAD = CHUNKED_HEAD.replace('text/event-stream', 'application/x-ndjson');
const get = (path: string, more = '', version = '1.1') =>
  `GET ${path} HTTP/${version}\r\nHost: a\r\n${more}\r\n`;

describe('drainDelayMs', () => {
  it('goes on taking connections while /readyz says 503 already', async () => {
    const { gateway, upstream } = await startPath({
      ...WITH_ADMIN,
      drainDelayMs: 1_500,
      drainTimeoutMs: 100,
    });
    expect((await ask(gateway, '/readyz')).status).toBe(200);
    const startMs = performance.now();
    const closed = gateway.running.close();
    expect((await ask(gateway, '/readyz')).status).toBe(503);
    await sleep(300);
    const client = await connectPeer(gateway.address.port);
    client.write(get('/stream'));
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
    await client.until(END);
    // Its connection is not to be used again.
    expect(await client.untilEnd()).toBe('fin');
    expect((await client.head()).fields.connection).toBe('close');
    await closed;
    expect(performance.now() - startMs).toBeGreaterThan(1_490);
  });

  it('is cut short by a second call', async () => {
    const { client, origin, gateway } = await startExchange(undefined, {
      drainDelayMs: 1e6,
      drainTimeoutMs: 1e6,
    });
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    void gateway.running.close();
    await sleep(50);
    await gateway.running.close();
    await client.untilEnd();
    expect(client.text.endsWith(END)).toBe(true);
  });

  it('--drain-delay gives it', async () => {
    const { upstream } = await startPath();
    const args = ['--upstream', upstream.url, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
    const command = await startCommand([...args, '--drain-delay', '1h']);
    command.child.kill('SIGTERM');
    await vi.waitUntil(async () => (await fetch(`${command.adminUrl}/readyz`)).status === 503);
    const client = await connectPeer(command.port);
    client.write('OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
    await client.until('204');
    const exited = new Promise((resolve) => command.child.once('exit', resolve));
    command.child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});

describe('drainRetryMs', () => {
  const options = { drainTimeoutMs: 60, drainRetryMs: 4_000 };

  async function lastWords(request: string, head = CHUNKED_HEAD, given = {}): Promise<string> {
    const { client, origin, gateway } = await startExchange(request, { ...options, ...given });
    origin.write(head + (head === CLOSE_HEAD ? 'data: a\n\n' : chunk('data: a\n\n')));
    await client.until('data: a\n\n');
    await gateway.running.close();
    await client.untilEnd();
    return client.text.slice(client.text.indexOf('data: a\n\n') + 9);
  }

  const exactly = 'Accept: text/event-stream\r\n';

  it.each(['/stream', '/chat'])(
    'asks who wants nothing but events to wait, in one line without an empty one: %s',
    async (path) => {
      const words = await lastWords(get(path, exactly));
      const retryMs = Number(/^\r\nc\r\nretry: (\d{4})\n\r\n0\r\n\r\n$/.exec(words)?.[1]);
      expect(retryMs).toBeGreaterThanOrEqual(2_000);
      expect(retryMs).toBeLessThanOrEqual(4_000);
    },
  );

  it('asks a client of HTTP/1.0, too', async () => {
    expect(await lastWords(get('/stream', exactly, '1.0'), CLOSE_HEAD)).toMatch(/^retry: \d{4}\n$/);
  });

  it.each([
    ['no Accept', ''],
    ['another type beside it', 'Accept: application/json, text/event-stream\r\n'],
    ['anything', 'Accept: */*\r\n'],
  ])('asks nobody who accepts %s', async (_what, accept) => {
    expect(await lastWords(get('/stream', accept))).toBe(END);
  });

  it('asks nobody unless told to', async () => {
    expect(await lastWords(get('/stream', exactly), CHUNKED_HEAD, { drainRetryMs: null })).toBe(END);
  });

  it('--drain-retry gives it', async () => {
    const { upstream } = await startPath();
    const command = await startCommand([
      ...[
        '--upstream',
        upstream.url,
        '--listen',
        '127.0.0.1:0',
        '--drain-timeout',
        '100ms',
        '--drain-retry',
        '8s',
      ],
    ]);
    const client = await connectPeer(command.port);
    client.write(get('/stream', exactly));
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    command.child.kill('SIGTERM');
    await client.untilEnd();
    expect(client.text).toMatch(/retry: [4-8]\d{3}\n\r\n0\r\n\r\n$/);
  });
});

describe('at its deadline a stream ends', () => {
  const drainTimeoutMs = 1_000;
  const untilDeadline = () => sleep(drainTimeoutMs * (DRAIN_UNTIL + 0.02));

  it.each(['/stream', '/chat'])(
    'behind the event that is under way, and before the next: %s',
    async (path) => {
      const { client, origin, gateway } = await startExchange(get(path), { drainTimeoutMs: 6_000 });
      origin.write(CHUNKED_HEAD + chunk('data: a\n\ndata: b'));
      await client.until('data: b');
      const closed = gateway.running.close();
      await sleep(6_000 * (DRAIN_UNTIL + 0.01));
      expect(client.ended).toBeNull();
      origin.write(chunk('c\n\ndata: d\n\ndata: e'));
      await client.until(END);
      await client.untilEnd();
      expect(client.text).toContain('c\n\n');
      expect(client.text).not.toContain('data: d');
      await origin.untilEnd();
      await closed;
      expect(await gateway.exchange()).toMatchObject({ outcome: 'drained', endedBy: 'gateway' });
    },
  );

  it('within a chunk of the upstream, whose rest nobody waits for', async () => {
    const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs: 6_000 });
    origin.write(CHUNKED_HEAD + chunk('data: a'));
    await client.until('data: a');
    const closed = gateway.running.close();
    await sleep(6_000 * (DRAIN_UNTIL + 0.01));
    origin.write('1000\r\nb\n\ndata: c');
    await client.until(END);
    expect(client.text).toMatch(/b\n\n\r\n0\r\n\r\n$/);
    await closed;
  });

  it.each(['/stream', '/chat'])('behind a line of newline-delimited JSON: %s', async (path) => {
    const { client, origin, gateway } = await startExchange(get(path), {
      drainTimeoutMs: 6_000,
      streamTypes: ['application/x-ndjson'],
    });
    origin.write(NDJSON_HEAD + chunk('{"a":1}\n{"b"'));
    await client.until('{"b"');
    const closed = gateway.running.close();
    await sleep(6_000 * (DRAIN_UNTIL + 0.01));
    origin.write(chunk(':2}\n{"c":3}\n'));
    await client.until(END);
    expect(client.text).toContain(':2}\n\r\n0');
    await closed;
  });

  it('never within an event: one that does not end is broken off when the time is up', async () => {
    const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs });
    origin.write(CHUNKED_HEAD + chunk('data: a\n'));
    await client.until('data: a');
    const startMs = performance.now();
    await gateway.running.close();
    await client.untilEnd();
    expect(performance.now() - startMs).toBeGreaterThan(drainTimeoutMs - 5);
    expect(client.text).not.toContain(END);
  });

  it('never before it, though nothing is under way', async () => {
    const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs });
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    void gateway.running.close();
    await sleep(drainTimeoutMs * DRAIN_FROM - 50);
    expect(client.ended).toBeNull();
    await untilDeadline();
    expect(client.text.endsWith(END)).toBe(true);
  });

  it('where it has had no event at all', async () => {
    const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs: 100 });
    origin.write(CHUNKED_HEAD);
    await client.head();
    await gateway.running.close();
    await client.untilEnd();
    expect(client.text.endsWith('\r\n\r\n0\r\n\r\n')).toBe(true);
  });

  it('with a break where nobody knows what came last: too fast to be looked into, and quiet since', async () => {
    const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs: 400 });
    origin.write(CHUNKED_HEAD);
    const many = 'data: x\n\n'.repeat(60_000);
    origin.write(`${chunk(many)}`);
    await client.until(many);
    await gateway.running.close();
    await client.untilEnd();
    expect(client.text).not.toContain(END);
  });
});
