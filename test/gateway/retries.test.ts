import { describe, expect, it } from 'vitest';
import { closedPort, fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

async function startWith(targets: string[], retries?: number, kind: 'stream' | 'ordinary' = 'ordinary') {
  return startGateway(null, {
    ...(retries !== undefined && { retries }),
    upstreams: { all: { targets, ejection: null } },
    routes: [{ upstream: 'all', kind }],
  });
}

const dead = async (): Promise<string> => `http://127.0.0.1:${await closedPort()}`;

describe.each(['stream', 'ordinary'] as const)('on a route of kind %s', (kind) => {
  it('a target that gives no connection is passed over, with the body of the request whole', async () => {
    const alive = await startNamed('alive');
    const bodies: string[] = [];
    alive.answer = async (req, res) => {
      let text = '';
      for await (const piece of req.setEncoding('utf8')) text += piece;
      bodies.push(text);
      res.end('ok');
    };
    const gateway = await startWith([await dead(), await dead(), alive.url], 2, kind);
    const body = 'x'.repeat(300_000);
    for (const given of ['', 'small', body]) {
      const answer = await fetchRaw(gateway.address.port, '/', { method: 'POST', body: given });
      expect(answer.body).toBe('ok');
      expect(bodies.pop()).toBe(given);
    }
  });

  it('Expect: 100-continue is answered once, whatever was tried before', async () => {
    const alive = await startNamed('alive');
    alive.answer = (req, res) => void req.resume().on('end', () => res.end('ok'));
    const gateway = await startWith([await dead(), alive.url], 1, kind);
    const client = await connectPeer(gateway.address.port);
    client.write(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    await client.until('100 Continue\r\n\r\n');
    client.write('body');
    await client.untilEnd();
    expect(client.text.match(/100 Continue/g)).toHaveLength(1);
    expect(client.text).toMatch(/ 200 OK/);
  });

  it('no more targets are asked than retries allow', async () => {
    const alive = await startNamed('alive');
    const gateway = await startWith([await dead(), await dead(), alive.url], 1, kind);
    const answer = await fetchRaw(gateway.address.port, '/');
    expect(answer.status).toBe(502);
    expect(answer.fields['proxy-status']).toBe('unclog; error=connection_refused');
    expect(alive.requests).toEqual([]);
    const none = await startWith([await dead(), alive.url], 0, kind);
    expect((await fetchRaw(none.address.port, '/')).status).toBe(502);
  });

  it('nothing is tried again once the request was sent', async () => {
    const alive = await startNamed('alive');
    const upstream = await startUpstream();
    const gateway = await startWith([upstream.url, alive.url], 2, kind);
    const client = await connectPeer(gateway.address.port);
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.socket.resetAndDestroy();
    expect((await client.head()).status).toBe(502);
    expect(alive.requests).toEqual([]);
  });
});

describe('an upgrade', () => {
  it('goes to the next target, too', async () => {
    const upstream = await startUpstream();
    const gateway = await startWith([await dead(), await dead(), upstream.url], 2);
    const client = await connectPeer(gateway.address.port);
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
    await client.until('hello');
    client.write('to the origin');
    await origin.until('to the origin');
  });

  it('is answered 502 when there is none', async () => {
    const gateway = await startWith([await dead(), await dead()], 2);
    const client = await connectPeer(gateway.address.port);
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect((await client.head()).status).toBe(502);
    await client.untilEnd();
  });
});
