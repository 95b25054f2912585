import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

/** Chunked by Node itself: an event at once, a second one on the next connection, and then silence. */
const ORIGIN = `
  require('node:http').createServer((req, res) => {
    if (req.url.endsWith('silent')) return;
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: a\\n\\n');
    setTimeout(() => res.write('data: b\\n\\n'), 20);
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

async function startOrigin(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['-e', ORIGIN], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: `http://127.0.0.1:${Number(printed.toString())}` };
}

describe.each(['/stream', '/chat'])(
  'an upstream process that is killed (SIGKILL) in the middle of %s',
  (path) => {
    it('HTTP/1.1 client: gets what had come, and no last chunk', async () => {
      const { child, url } = await startOrigin();
      const gateway = await startGateway(url);
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await client.until('data: b\n\n');
      child.kill('SIGKILL');
      await client.untilEnd();
      expect(client.text).toContain('9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n');
      expect(client.text).not.toMatch(/\r\n0\r\n/);
      expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken', payloadBytes: 18 });
    });

    it('HTTP/1.0 client: gets what had come, and a reset, since a close would look whole', async () => {
      const { child, url } = await startOrigin();
      const gateway = await startGateway(url);
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      await client.until('data: b\n\n');
      child.kill('SIGKILL');
      expect(await client.untilEnd()).toBe('reset');
      expect((await client.head()).body).toBe('data: a\n\ndata: b\n\n');
    });

    it.each(['1.0', '1.1'])('HTTP/%s client, before the head: is answered 502', async (version) => {
      const { child, url } = await startOrigin();
      const gateway = await startGateway(url);
      const client = await connectPeer(gateway.address.port);
      // Answered at once on one path, never on the other: by then the request has reached the process.
      client.write(`GET ${path}/silent HTTP/${version}\r\nHost: a\r\n\r\n`);
      const witness = await connectPeer(gateway.address.port);
      witness.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await witness.until('data: a');
      child.kill('SIGKILL');
      const text = await client.until(/\}\n$/);
      expect(text).toMatch(/^HTTP\/1\.1 502 /);
      expect(text).toMatch(/proxy-status: unclog; error=connection_(?:terminated|refused)\r/i);
    });
  },
);
