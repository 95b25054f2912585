import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connectPeer, parseHead, startUpstream } from './support/raw-peer.ts';
import { startExchange, startGateway, startPath } from './support/start-gateway.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const UPGRADE = `GET /chat?a=1 HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, X-Secret\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\nX-Secret: 1\r\nX-Forwarded-For: 6.6.6.6\r\nProxy-Authorization: x\r\nTrailer: x\r\n\r\n`;
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`;

async function switched() {
  const exchange = await startExchange(UPGRADE);
  exchange.origin.write(SWITCH);
  await exchange.client.until('\r\n\r\n');
  return exchange;
}

describe('a websocket', () => {
  it('is switched, and bytes flow both ways as they come', async () => {
    const { client, origin } = await switched();
    expect(client.text).toMatch(/^HTTP\/1\.1 101 /);
    expect(client.text).toContain(ACCEPT);
    for (let n = 0; n < 50; n++) {
      client.write(`question ${n};`);
      await origin.until(`question ${n};`);
      origin.write(`answer ${n};`);
      await client.until(`answer ${n};`);
    }
  });

  it("reaches the upstream without the client's hop-by-hop fields and claims", async () => {
    const { origin } = await switched();
    expect(origin.text).toMatch(/^GET \/chat\?a=1 HTTP\/1\.1\r\n/);
    expect(origin.text).not.toMatch(/secret|6\.6\.6\.6|proxy-|trailer/i);
    expect(origin.text).toMatch(/^x-forwarded-for: 127\.0\.0\.1\r$/im);
    expect(origin.text).toMatch(/^sec-websocket-key: /im);
  });

  it('whose client goes closes the upstream', async () => {
    const { client, origin } = await switched();
    client.socket.destroy();
    await origin.untilEnd();
  });

  it('whose upstream goes closes the client', async () => {
    const { client, origin, gateway } = await switched();
    origin.write('last words');
    origin.socket.end();
    await client.untilEnd();
    expect(client.text).toContain('last words');
    expect(await gateway.exchange()).toMatchObject({ route: 'upgrade', status: 101 });
  });

  it('whose client goes before the switch closes the upstream', async () => {
    const { client, origin, gateway } = await startExchange(UPGRADE);
    client.socket.destroy();
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone' });
  });

  it('that the upstream declines gets its answer', async () => {
    const { client, origin } = await startExchange(UPGRADE);
    origin.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    await client.untilEnd();
    expect(client.text).toMatch(/^HTTP\/1\.1 403 /);
    expect(client.text.endsWith('\r\n\r\nno')).toBe(true);
  });

  it('that the upstream declines and then breaks off ends', async () => {
    const { client, origin } = await startExchange(UPGRADE);
    origin.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\n\r\nno');
    await client.until('403');
    origin.socket.end();
    await client.untilEnd();
  });

  it('to an upstream that is not there is answered 502', async () => {
    const upstream = await startUpstream();
    await upstream.close();
    const gateway = await startGateway(upstream.url);
    const client = await connectPeer(gateway.address.port);
    client.write(UPGRADE);
    await client.untilEnd();
    const { status, fields } = parseHead(client.text);
    expect(status).toBe(502);
    expect(fields['proxy-status']).toBe('unclog; error=connection_refused');
  });

  it.each(['http://[', '//evil/../x', '/a/../b'])(
    'to %s is refused, and the process lives',
    async (target) => {
      const { upstream, gateway } = await startPath();
      const client = await connectPeer(gateway.address.port);
      client.write(UPGRADE.replace('/chat?a=1', target));
      expect((await client.head()).status).toBe(400);
      expect(upstream.accepted).toBe(0);
      expect(gateway.running.openExchanges).toBe(0);
    },
  );

  it('is not switched to another protocol than asked', async () => {
    const { client, origin } = await startExchange(UPGRADE);
    origin.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nsecret');
    await client.untilEnd();
    expect(client.text).not.toContain('secret');
  });
});
