import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { type LockstepRun, runLockstep } from '../support/lockstep-client.ts';
import { startShippedNginx, startTestNginx, type TestNginxOptions } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';

const STOCK = 'proxy_http_version 1.0;';
const NEWER = 'proxy_http_version 1.1; proxy_set_header Connection "";';
const ALL = { delivered: 50, stalledAt: null };

/** Event n+1 is sent only after event n arrived: no stopwatch, so no busy machine can lie. */
describe.skipIf(!hasTool('nginx'))('event by event through a real nginx', () => {
  let origin: RunningOrigin;
  const parts: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(async () => {
    await Promise.all(parts.map((part) => part.close()));
    await origin.close();
  });

  async function keep<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const part = await starting;
    parts.push(part);
    return part;
  }
  const nginx = (options: Partial<TestNginxOptions>) =>
    keep(startTestNginx({ upstream: origin.url, location: STOCK, ...options }));
  const lockstep = (through: { url: string }, run: Partial<LockstepRun> = {}) =>
    runLockstep({ through: through.url, direct: origin.url, events: 50, patienceMs: 5_000, ...run });
  const stalling = { patienceMs: 1_000 };

  it('buffered.conf stops the stream at the first event', async () => {
    const hop = await keep(startShippedNginx('buffered', origin.url));
    expect(await lockstep(hop, stalling)).toMatchObject({ stalledAt: 1 });
  });

  it('buffered.conf lets 50 events pass when the origin opts out', async () => {
    const hop = await keep(startShippedNginx('buffered', origin.url));
    const parameters = { 'opt-out': 'x-accel-buffering' };
    expect(await lockstep(hop, { parameters, awaitHead: true })).toMatchObject(ALL);
  });

  it('passthrough.conf lets the head and 50 events pass', async () => {
    const hop = await keep(startShippedNginx('passthrough', origin.url));
    expect(await lockstep(hop, { awaitHead: true })).toMatchObject(ALL);
  });

  it('passthrough.conf lets 50 events pass of an answer that ends by closing', async () => {
    const hop = await keep(startShippedNginx('passthrough', origin.url));
    expect(await lockstep(hop, { awaitHead: true, framing: 'close' })).toMatchObject(ALL);
  });

  it('newer-default.conf lets 50 events pass', async () => {
    const hop = await keep(startShippedNginx('newer-default', origin.url));
    expect(await lockstep(hop)).toMatchObject(ALL);
  });

  it('newer-default.conf keeps the head until there is an event', async () => {
    const hop = await keep(startShippedNginx('newer-default', origin.url));
    expect(await lockstep(hop, { ...stalling, awaitHead: true })).toMatchObject({ stalledAt: 0 });
  });

  it('newer-default.conf stops an answer that ends by closing at the first event', async () => {
    const hop = await keep(startShippedNginx('newer-default', origin.url));
    expect(await lockstep(hop, { ...stalling, framing: 'close' })).toMatchObject({ stalledAt: 1 });
  });

  it.each(['1.0', '1.1'] as const)(
    'the gateway behind buffered.conf: 50 events pass to an HTTP/%s client',
    async (httpVersion) => {
      const listen = { host: '127.0.0.1', port: 0 };
      // A lockstep stream is a stream by its type, not by its path; /stream is a declared route.
      const gateway = await keep(createGateway({ upstream: origin.url, listen }));
      const hop = await keep(startShippedNginx('buffered', gateway.url));
      expect(await lockstep(hop, { awaitHead: true, httpVersion })).toMatchObject(ALL);
    },
  );

  it('the outer of two nginx stops the stream although the origin opts out', async () => {
    const inner = await nginx({});
    const outer = await nginx({ upstream: inner.url });
    const parameters = { 'opt-out': 'x-accel-buffering' };
    expect(await lockstep(inner, { parameters })).toMatchObject(ALL);
    expect(await lockstep(outer, { ...stalling, parameters })).toMatchObject({ stalledAt: 1 });
  });

  it('two nginx let 50 events pass once the inner one passes the opt-out on', async () => {
    const inner = await nginx({ location: `${STOCK} proxy_pass_header X-Accel-Buffering;` });
    const outer = await nginx({ upstream: inner.url });
    const parameters = { 'opt-out': 'x-accel-buffering' };
    expect(await lockstep(outer, { parameters })).toMatchObject(ALL);
  });

  it('HTTPS to an HTTP/1.1 client stops even a chunked stream, buffering off does not', async () => {
    const buffering = await nginx({ tls: true, location: NEWER });
    const passing = await nginx({ tls: true, location: `${NEWER} proxy_buffering off;` });
    expect(await lockstep(buffering, stalling)).toMatchObject({ stalledAt: 1 });
    expect(await lockstep(passing, { awaitHead: true })).toMatchObject(ALL);
  });

  it('the wrong-side header does nothing: add_header X-Accel-Buffering no', async () => {
    const hop = await nginx({ location: `${STOCK} add_header X-Accel-Buffering no;` });
    const outcome = await lockstep(hop, stalling);
    expect(outcome).toMatchObject({ stalledAt: 1 });
    expect(outcome.head.toLowerCase()).toContain('x-accel-buffering: no');
  });
});
