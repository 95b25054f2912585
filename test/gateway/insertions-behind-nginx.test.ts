import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { startTestNginx } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';
import { connectPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startPath } from './support/start-gateway.ts';

/** nginx counts whole seconds here. */
const LIMIT_S = 1;
const QUIET_MS = 2_500;

/** A request through an nginx that gives up after a second without a byte. */
async function ask(options: Partial<GatewayOptions>) {
  const { gateway, upstream } = await startPath(options);
  const location = `proxy_read_timeout ${LIMIT_S}s;`;
  const nginx = await startTestNginx({ upstream: gateway.running.url, location });
  onTestFinished(() => nginx.close());
  const client = await connectPeer(Number(new URL(nginx.url).port));
  client.write('GET /stream HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n');
  const origin = await upstream.next();
  await origin.until('\r\n\r\n');
  return { client, origin };
}

describe.skipIf(!hasTool('nginx'))('behind an nginx with proxy_read_timeout 1s', () => {
  it('a quiet stream is cut, and lives on with heartbeats', async () => {
    const cut = await ask({});
    cut.origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await cut.client.until('data: a');
    await cut.client.untilEnd();
    expect(cut.client.text.endsWith('0\r\n\r\n')).toBe(false);

    const alive = await ask({ heartbeatMs: 300 });
    alive.origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await alive.client.until('data: a');
    await sleep(QUIET_MS);
    alive.origin.write(`${chunk('data: b\n\n')}0\r\n\r\n`);
    await alive.client.until(/data: b\n\n\r\n0\r\n\r\n$/);
  });

  it('a slow backend is a 504, and a stream with an early head', async () => {
    const late = await ask({});
    expect((await late.client.head()).status).toBe(504);

    const early = await ask({ earlyHeadMs: 300, heartbeatMs: 300 });
    expect((await early.client.head()).status).toBe(200);
    await sleep(QUIET_MS);
    early.origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
    await early.client.until(/data: a\n\n\r\n0\r\n\r\n$/);
  });
});
