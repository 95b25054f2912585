import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it, vi } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';

afterEach(() => vi.restoreAllMocks());

it('no timer is left behind by a compressed stream whose events all come with its end', async () => {
  const body = gzipSync('id: 1\ndata: one\n\nid: 2\ndata: two\n\n');
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running = new Set<unknown>();
  const { setInterval: start, clearInterval: stop } = globalThis;
  vi.spyOn(globalThis, 'setInterval').mockImplementation(((...args: Parameters<typeof start>) => {
    const timer = start(...args);
    running.add(timer);
    return timer;
  }) as typeof start);
  vi.spyOn(globalThis, 'clearInterval').mockImplementation((timer) => {
    running.delete(timer);
    stop(timer);
  });
  const { port } = server.address() as AddressInfo;
  const report = await runProbe([{ name: 'edge', url: `http://127.0.0.1:${port}/` }], { durationMs: 1_000 });
  // The decompressor calls back a little later than the answer ends.
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.close();
  expect(report.hops[0]?.events.count).toBe(2);
  expect([...running]).toEqual([]);
});
