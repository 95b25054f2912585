import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedPort } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const WANTS_EVENTS = 'GET /stream HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n';

describe('an early head', () => {
  const startTried = async (more = {}) => {
    const upstream = await startUpstream();
    const gateway = await startGateway(null, {
      earlyHeadMs: 50,
      upstreams: { all: { targets: [`http://127.0.0.1:${await closedPort()}`, upstream.url] } },
      routes: [{ upstream: 'all', kind: 'stream' }],
      ...more,
    });
    const client = await connectPeer(gateway.address.port);
    client.write(WANTS_EVENTS);
    return { upstream, gateway, client };
  };

  it('goes out once where a target gave no connection, and the next one follows', async () => {
    const { upstream, gateway, client } = await startTried();
    const origin = await upstream.next();
    await client.until(': \n');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    expect(client.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1);
    client.socket.destroy();
    expect(await gateway.exchange()).toMatchObject({ earlyHead: 'followed', outcome: 'client-gone' });
  });

  it('that went out while no target took the connection is followed by the one that does at last', async () => {
    const port = await closedPort();
    const gateway = await startGateway(null, {
      earlyHeadMs: 30,
      queueMs: 20_000,
      upstreams: { all: { targets: [`http://127.0.0.1:${port}`] } },
      routes: [{ upstream: 'all', kind: 'stream' }],
    });
    const client = await connectPeer(gateway.address.port);
    client.write(WANTS_EVENTS);
    await client.until(': \n');
    const server = createServer((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.write('data: late\n\n');
    }).listen(port, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await client.until('data: late\n\n');
    expect(client.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1);
  });

  it('does not start the clock of idleTimeout, which counts from the answer of the upstream on', async () => {
    const { upstream, gateway, client } = await startTried({ idleTimeoutMs: 150 });
    const origin = await upstream.next();
    await client.until(': \n');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gateway.log.filter(({ msg }) => msg === 'exchange')).toEqual([]);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'idle-timeout' });
  });
});
