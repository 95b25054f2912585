import { afterEach, describe, expect, it } from 'vitest';
import { startHoldingHop } from '../../src/demo/holding-hop.ts';
import type { HopOptions, HopSource, RunningHop } from '../../src/demo/hop.ts';
import { findNginx, startNginx } from '../../src/demo/nginx.ts';
import type { ConfName } from '../../src/demo/nginx-conf.ts';
import { hasTool } from '../support/tools.ts';
import {
  afterEveryChance,
  type HandDrivenOrigin,
  openStream,
  type RawClient,
  startHandDrivenOrigin,
} from './hand-driven-origin.ts';

const EVENT_STREAM = { 'Content-Type': 'text/event-stream' };

const startRealNginx: HopSource['start'] = async (...args) => {
  const binary = await findNginx();
  if (binary === null) throw new Error('this test needs nginx: apt-get install nginx');
  return startNginx(binary, ...args);
};

/** The simulation is held to the same tests as what it simulates. */
const HOPS = [
  { kind: 'the real nginx', start: startRealNginx, absent: !hasTool('nginx') },
  { kind: 'the simulated hop', start: startHoldingHop, absent: false },
];

for (const { kind, start, absent } of HOPS) {
  describe.skipIf(absent)(kind, () => {
    const open: { close(): Promise<void> }[] = [];
    const clients: RawClient[] = [];
    afterEach(async () => {
      for (const client of clients.splice(0)) client.socket.destroy();
      for (const part of open.splice(0).reverse()) await part.close();
    });

    async function setUp(
      conf: ConfName,
      options: HopOptions = {},
    ): Promise<{ origin: HandDrivenOrigin; hop: RunningHop }> {
      const origin = await startHandDrivenOrigin();
      open.push(origin);
      const hop = await start(conf, origin.url, options);
      open.push(hop);
      return { origin, hop };
    }

    async function openThrough(
      conf: ConfName,
      headers: Record<string, string> = {},
      directives: HopOptions['directives'] = {},
    ) {
      const { origin, hop } = await setUp(conf, { directives });
      const client = openStream(hop.url);
      clients.push(client);
      const { req, res } = await origin.nextStream();
      res.writeHead(200, { ...EVENT_STREAM, ...headers });
      res.flushHeaders();
      return { client, req, res, hop };
    }

    it('keeps head and events to the close with buffered.conf', async () => {
      const { client, res, hop } = await openThrough('buffered');
      for (let n = 1; n <= 5; n += 1) res.write(`data: ${n}\n\n`);
      await afterEveryChance(hop.url);
      expect(client.text()).toBe('');
      res.end();
      await client.until('data: 5');
      expect(client.text()).toContain('HTTP/1.1 200');
    });

    it.each([
      ['proxy_buffering off', { proxy_buffering: 'off' }],
      ['proxy_http_version 1.1', { proxy_http_version: '1.1' }],
    ])('passes events on with buffered.conf and %s', async (line, directives) => {
      const { client, res, hop } = await openThrough('buffered', {}, directives);
      expect(hop.conf).toContain(`    ${line};\n`);
      for (let n = 1; n <= 3; n += 1) {
        res.write(`data: ${n}\n\n`);
        await client.until(`data: ${n}\n`);
      }
    });

    it('starts on the port it is told, again after it was closed', async () => {
      const first = await start('buffered', 'http://127.0.0.1:9');
      const port = Number(new URL(first.url).port);
      await first.close();
      const second = await start('passthrough', 'http://127.0.0.1:9', { port });
      open.push(second);
      expect(second.url).toBe(first.url);
      expect(second.conf).toContain(`listen 127.0.0.1:${port};`);
    });

    it('releases full blocks of 4096 bytes with buffered.conf', async () => {
      const { client, res, hop } = await openThrough('buffered');
      res.write(`data: ${'x'.repeat(2_000)}\n\n`);
      await afterEveryChance(hop.url);
      expect(client.text()).toBe('');
      res.write(`data: ${'y'.repeat(7_000)}\n\n`);
      await client.until('y');
      await afterEveryChance(hop.url);
      const body = client.text().match(/[xy]/g)?.length ?? 0;
      // Two blocks, less the upstream's head, which takes its share of the first one.
      expect(body).toBeGreaterThan(8_192 - 600);
      expect(body).toBeLessThan(8_192);
      res.end();
      await client.until('\r\n0\r\n\r\n');
    });

    it('passes event by event with buffered.conf once the backend opts out, and removes the opt-out', async () => {
      const { client, res } = await openThrough('buffered', { 'X-Accel-Buffering': 'no' });
      await client.until('\r\n\r\n');
      for (let n = 1; n <= 5; n += 1) {
        res.write(`data: ${n}\n\n`);
        await client.until(`data: ${n}\n`);
      }
      expect(client.text().toLowerCase()).not.toContain('x-accel-buffering');
    });

    it('keeps only the head, and only to the first event, with newer-default.conf', async () => {
      const { client, res, hop } = await openThrough('newer-default');
      await afterEveryChance(hop.url);
      expect(client.text()).toBe('');
      for (let n = 1; n <= 5; n += 1) {
        res.write(`data: ${n}\n\n`);
        await client.until(`data: ${n}\n`);
      }
    });

    it('passes the head before any event with passthrough.conf, the opt-out too', async () => {
      const { client, res } = await openThrough('passthrough', { 'X-Accel-Buffering': 'no' });
      await client.until('\r\n\r\n');
      expect(client.text().toLowerCase()).toContain('x-accel-buffering: no');
      res.write('data: 1\n\n');
      await client.until('data: 1\n');
    });

    it('lets the backend know that the client left', async () => {
      const { client, req, res } = await openThrough('passthrough');
      await client.until('\r\n\r\n');
      const gone = new Promise((resolve) => req.socket.once('close', resolve));
      client.socket.destroy();
      res.write('data: 1\n\n');
      await gone;
    });

    it('does not make a broken answer look complete with passthrough.conf', async () => {
      const { client, res } = await openThrough('passthrough');
      res.write('data: 1\n\n');
      await client.until('data: 1\n');
      res.destroy();
      await client.ended;
      expect(client.text()).not.toMatch(/\r\n0\r\n\r\n$/);
    });

    it('answers 502 when the backend cannot be reached', async () => {
      const { origin, hop } = await setUp('buffered');
      await origin.close();
      open.splice(open.indexOf(origin), 1);
      const response = await fetch(`${hop.url}/stream`);
      await response.text();
      expect(response.status).toBe(502);
    });
  });
}
