import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type Backend, type BackendName, startBackend } from '../support/backend.ts';
import { openStream } from '../support/stream-client.ts';
import { hasTool } from '../support/tools.ts';

/**
 * What nginx gets to read when it asks with HTTP/1.0, its default before 1.29.7. Both backends answer without chunked
 * framing and close at the end, each with its own status line: Go repeats the client's version, Uvicorn names its own
 * (what RFC 9110 section 6.2 asks for), so the version says nothing about the framing. Uvicorn on httptools sends chunks
 * even here (https://github.com/Kludex/uvicorn/pull/1360), and the same nginx lets them pass.
 */
const STATUS_LINE: Record<BackendName, string> = { FastAPI: 'HTTP/1.1 200 OK', Go: 'HTTP/1.0 200 OK' };

async function exchange(base: string, version: string, connection: string): Promise<string> {
  const { port } = new URL(base);
  const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
  let text = '';
  socket.on('data', (piece: string) => {
    text += piece;
  });
  socket.write(`GET /stream?interval_ms=20&count=3 HTTP/${version}\r\nHost: x\r\n${connection}\r\n`);
  await once(socket, 'end');
  return text;
}

for (const { name, tool } of BACKENDS) {
  describe.skipIf(!hasTool(tool))(`the ${name} backend`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await startBackend(name, { HEARTBEAT_MS: '50', INTERVAL_MS: '600000' });
    });
    afterAll(() => backend?.close());

    it('answers HTTP/1.0 without chunks and marks the end by closing', async () => {
      const [head = '', body = ''] = (await exchange(backend.url, '1.0', '')).split('\r\n\r\n');
      expect(head.split('\r\n')[0]).toBe(STATUS_LINE[name]);
      expect(head.toLowerCase()).not.toMatch(/transfer-encoding|content-length|keep-alive/);
      expect(body).toMatch(/^id: 1\ndata: [^\n]+\n\nid: 2\ndata: [^\n]+\n\nid: 3\ndata: [^\n]+\n\n$/);
    });

    it('answers HTTP/1.1 in chunks, one per event', async () => {
      const [head = '', ...body] = (await exchange(backend.url, '1.1', 'Connection: close\r\n')).split(
        '\r\n\r\n',
      );
      expect(head.split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
      expect(head.toLowerCase()).toContain('transfer-encoding: chunked');
      expect(body.join('\r\n\r\n').match(/[0-9a-f]+\r\nid: \d\n/gi)).toHaveLength(3);
    });

    it('sends a comment when it is quiet', async () => {
      const client = openStream(`${backend.url}/stream`);
      await client.arrivals(1);
      await expect
        .poll(() => client.text(), { timeout: 20_000 })
        .toMatch(/\n\n: heartbeat\n\n: heartbeat\n\n/);
      client.leave('close');
    });

    it('goes on after the event that a returning client saw last', async () => {
      const client = openStream(`${backend.url}/stream`, { headers: { 'Last-Event-ID': '41' } });
      expect(JSON.parse((await client.arrivals(1))[0]?.data ?? '').seq).toBe(42);
      client.leave('close');
    });

    it('starts at the first event when the last seen id is not one of its own', async () => {
      for (const id of ['', 'x', '-1', '99999999999999999999']) {
        const client = openStream(`${backend.url}/stream`, { headers: { 'Last-Event-ID': id } });
        expect(JSON.parse((await client.arrivals(1))[0]?.data ?? '').seq, `after "${id}"`).toBe(1);
        client.leave('close');
      }
    });

    it('asks caches and compressors to keep away, and nginx not to buffer', async () => {
      const client = openStream(`${backend.url}/stream`);
      const { response } = await client.head();
      expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
      expect(response.headers['cache-control']).toBe('no-cache, no-transform');
      expect(response.headers['x-accel-buffering']).toBe('no');
      client.leave('close');
    });

    it('refuses a nonsensical interval as a client error', async () => {
      for (const query of ['interval_ms=0', 'interval_ms=soon', 'count=-1']) {
        const response = await fetch(`${backend.url}/stream?${query}`);
        await response.body?.cancel();
        expect([400, 422], query).toContain(response.status);
      }
    });
  });
}
