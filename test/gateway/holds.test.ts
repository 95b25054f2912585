import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { startTestNginx } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';
import { ask, scrape, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import { type GatewayUnderTest, startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 20_000, interval: 20 };
const EVENT = `data: ${'x'.repeat(32)}\n\n`;

type Answer = (res: ServerResponse) => void;

/** An origin that answers with an event stream, at the pace that `answer` gives it. */
async function startOrigin(answer: Answer): Promise<string> {
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    answer(res);
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}`;
}

/** The head at once, then an event every so many milliseconds. */
const steady =
  (everyMs: number): Answer =>
  (res) => {
    res.flushHeaders();
    const timer = setInterval(() => res.write(EVENT), everyMs);
    res.on('close', () => clearInterval(timer));
  };

/** A stock nginx holds: HTTP/1.0 to its upstream, and buffers. */
async function behindNginx(upstream: string, location = ''): Promise<string> {
  const nginx = await startTestNginx({ upstream, location });
  onTestFinished(() => nginx.close());
  return nginx.url;
}

interface Watched {
  gateway: GatewayUnderTest;
  client: RawPeer;
}

async function stream(upstream: string, path = '/stream'): Promise<Watched> {
  const gateway = await startGateway(upstream, WITH_ADMIN);
  const client = await connectPeer(gateway.address.port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return { gateway, client };
}

async function shown({ gateway }: Watched) {
  const { streams } = JSON.parse((await ask(gateway, '/streams')).text);
  const metrics = await scrape(gateway);
  const seen = [...metrics].filter(
    ([series, n]) => n > 0 && /^unclog_(?:upstream_holds|held_streams)/.test(series),
  );
  const told = gateway.log.filter((line) => line.msg !== 'exchange' && 'hold' in line);
  return { hold: streams[0]?.hold, series: seen.map(([series]) => series).sort(), told };
}

const series = (kind: string, route = 'stream') => [
  `unclog_held_streams{kind="${kind}",route="${route}"}`,
  `unclog_upstream_holds_total{kind="${kind}",route="${route}"}`,
];
/** The order of labels is the library's business. */
const sorted = (list: string[]): string[] =>
  list.map((name) => name.replace(/\{(.*),(.*)\}/, (_all, a, b) => `{${[a, b].sort()}}`)).sort();

describe.skipIf(!hasTool('nginx'))(
  'with a stock nginx between it and the origin, the gateway notices',
  () => {
    it.each(['stream', 'ordinary'])(
      'that events come in bursts on the %s route: in the log, in /streams, in the metrics',
      async (route) => {
        const watched = await stream(
          await behindNginx(await startOrigin(steady(5))),
          route === 'stream' ? '/stream' : '/chat',
        );
        await vi.waitUntil(async () => (await shown(watched)).hold === 'bursts', SOON);
        const { series: found, told } = await shown(watched);
        // The first block alone may have taken long enough to be one more finding.
        expect(sorted(found)).toEqual(expect.arrayContaining(sorted(series('bursts', route))));
        const line = told.find((one) => 'hold' in one && one.hold === 'bursts');
        expect(line).toMatchObject({ level: 40, target: expect.stringMatching(/^http:/), route });
        expect(line?.msg).toContain('events come in bursts');
        watched.client.socket.destroy();
        expect(await watched.gateway.exchange()).toMatchObject({ hold: 'bursts', endedBy: 'client' });
      },
    );

    it('that a whole answer was held until its end', async () => {
      const answer: Answer = (res) => {
        let n = 0;
        const timer = setInterval(() => {
          res.write(EVENT);
          if (++n < 12) return;
          clearInterval(timer);
          res.end();
        }, 150);
      };
      const watched = await stream(await behindNginx(await startOrigin(answer)));
      await watched.client.until('\r\n0\r\n\r\n');
      expect(await watched.gateway.exchange()).toMatchObject({ hold: 'late-start', endedBy: 'upstream' });
      expect((await shown(watched)).told).toMatchObject([{ level: 40, hold: 'late-start' }]);
    });

    it('that the head waited for the first event, and does not claim that something is wrong', async () => {
      const answer: Answer = (res) => {
        res.flushHeaders();
        const first = setTimeout(() => steady(100)(res), 1_500);
        res.on('close', () => clearTimeout(first));
      };
      const watched = await stream(await behindNginx(await startOrigin(answer), 'proxy_http_version 1.1;'));
      await vi.waitUntil(async () => (await shown(watched)).hold === 'late-head', SOON);
      expect(sorted((await shown(watched)).series)).toEqual(sorted(series('late-head')));
      expect((await shown(watched)).told).toMatchObject([{ level: 30, hold: 'late-head' }]);
    });

    it('nothing once nginx lets the stream flow', async () => {
      const watched = await stream(await behindNginx(await startOrigin(steady(5)), 'proxy_buffering off;'));
      await vi.waitUntil(() => watched.client.text.length > 40_000, SOON);
      expect(await shown(watched)).toEqual({ hold: null, series: [], told: [] });
    });
  },
);

describe('with the origin right behind it, the gateway notices nothing', () => {
  it.each([1, 40, 300])('in a stream with an event every %i ms', async (everyMs) => {
    const watched = await stream(await startOrigin(steady(everyMs)));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(watched.client.text).toContain(EVENT);
    expect(await shown(watched)).toEqual({ hold: null, series: [], told: [] });
  });

  it('in an answer of a language model: a pause to think, tokens at their own pace, pauses for tools', async () => {
    const answer: Answer = (res) => {
      res.flushHeaders();
      let n = 0;
      const token = (): void => {
        res.write(n % 7 === 0 ? EVENT.repeat(3) : EVENT);
        const isTool = ++n % 40 === 0;
        timer = setTimeout(token, isTool ? 700 : 5 + ((n * 29) % 60));
      };
      let timer = setTimeout(token, 1_200);
      res.on('close', () => clearTimeout(timer));
    };
    const watched = await stream(await startOrigin(answer));
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(watched.client.text.length).toBeGreaterThan(3_000);
    expect(await shown(watched)).toEqual({ hold: null, series: [], told: [] });
  });

  it('because a client did not read for a while', async () => {
    const large = `data: ${'x'.repeat(20_000)}\n\n`;
    const answer: Answer = (res) => {
      res.flushHeaders();
      const timer = setInterval(() => res.writableLength < 1e7 && res.write(large.repeat(20)), 5);
      res.on('close', () => clearInterval(timer));
    };
    const watched = await stream(await startOrigin(answer));
    await watched.client.until('data: x');
    for (let i = 0; i < 5; i++) {
      watched.client.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 600));
      watched.client.socket.resume();
      await new Promise((resolve) => setTimeout(resolve, 200));
      watched.client.text = '';
    }
    expect(await shown(watched)).toMatchObject({ hold: null, series: [], told: [] });
  });
});
