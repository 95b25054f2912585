import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startUpstream } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';

const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n';

it.each([
  ['/stream', ''],
  ['/shop', ''],
  ['/ws', WEBSOCKET],
  ['/stream', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'],
])(
  '200 clients that reset right behind their request for %s %j leave nothing behind',
  async (path, fields) => {
    // It never answers: what the gateway does not end stays.
    const upstream = await startUpstream();
    const gateway = await startGateway(upstream.url);
    for (let n = 0; n < 200; n++) {
      const client = connect(gateway.address.port, '127.0.0.1');
      client.on('error', () => {});
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      await once(client, 'connect');
      for (let turns = n % 4; turns > 0; turns--) await new Promise(setImmediate);
      client.resetAndDestroy();
    }
    await sleep(100);
    await expect.poll(() => gateway.running.openExchanges, { timeout: 5_000 }).toBe(0);
    // No request goes on without saying where it comes from.
    expect(upstream.received).not.toMatch(/^x-forwarded-for: *\r$/im);
  },
);
