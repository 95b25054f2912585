import { once } from 'node:events';
import { constants } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { ask, type Http2Peer } from './support/http2-exchange.ts';
import { type RawPeer, startUpstream } from './support/raw-peer.ts';
import { connectSession, testCertificate } from './support/secure-gateway.ts';
import { startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

/** As in figures.test.ts: the promise with UNCLOG_FIGURES=strict, another order of magnitude without. */
const IS_STRICT = process.env.UNCLOG_FIGURES === 'strict';
const HEAD_MS = IS_STRICT ? 5 : 50;
const ABORT_MS = IS_STRICT ? 10 : 100;
const REPETITIONS = 60;

interface Pair {
  client: Http2Peer;
  origin: RawPeer;
  leave(): void;
}

type Leaving = 'RST_STREAM' | 'the end of the connection';

/** A gateway in a process of its own between two ends in this one, so that one clock measures. */
async function startPairs(leaving: Leaving): Promise<(path: string) => Promise<Pair>> {
  const upstream = await startUpstream();
  const { certificate, key } = testCertificate();
  const { port } = await startCommand([
    ...['--upstream', upstream.url, '--listen', '127.0.0.1:0', '--log-level', 'silent'],
    ...['--tls-cert', certificate, '--tls-key', key],
  ]);
  const shared = connectSession(port);
  return async (path) => {
    const session = leaving === 'RST_STREAM' ? shared : connectSession(port);
    const client = ask(session, { ':path': path });
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    const reset = (): void => client.stream.close(constants.NGHTTP2_CANCEL);
    return { client, origin, leave: leaving === 'RST_STREAM' ? reset : () => session.destroy() };
  };
}

async function medianMs(what: string, measure: () => Promise<number>): Promise<number> {
  await measure();
  const all: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    all.push(await measure());
    // Honest clients do not give up more than a few requests a second.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  all.sort((a, b) => a - b);
  const [median, p90] = [0.5, 0.9].map((share) => all[Math.floor(share * (all.length - 1))] as number);
  process.stdout.write(
    `${what}: median ${median?.toFixed(2)} ms, p90 ${p90?.toFixed(2)} ms, ${REPETITIONS} repetitions\n`,
  );
  return median as number;
}

async function untilSeen({ origin, leave }: Pair): Promise<number> {
  const seen = once(origin.socket, 'end').catch(() => {});
  const startMs = performance.now();
  leave();
  await seen;
  const ms = performance.now() - startMs;
  origin.socket.destroy();
  return ms;
}

describe.each(['/stream', '/chat'])('measured over HTTP/2 on %s', (path) => {
  it(`the head arrives within ${HEAD_MS} ms of leaving the upstream, with no event behind it`, async () => {
    const open = await startPairs('RST_STREAM');
    const median = await medianMs(`${path}: HTTP/2 head`, async () => {
      const { client, origin, leave } = await open(path);
      const arrived = once(client.stream, 'response');
      const startMs = performance.now();
      origin.write(CHUNKED_HEAD);
      await arrived;
      const ms = performance.now() - startMs;
      leave();
      return ms;
    });
    expect(median).toBeLessThan(HEAD_MS);
  });

  describe.each<Leaving>(['RST_STREAM', 'the end of the connection'])('by %s', (leaving) => {
    it(`the upstream sees the client leave within ${ABORT_MS} ms, before the head`, async () => {
      const open = await startPairs(leaving);
      const median = await medianMs(`${path}: ${leaving} before the head`, async () =>
        untilSeen(await open(path)),
      );
      expect(median).toBeLessThan(ABORT_MS);
    });

    it(`… within ${ABORT_MS} ms in a quiet stream`, async () => {
      const open = await startPairs(leaving);
      const median = await medianMs(`${path}: ${leaving} in a quiet stream`, async () => {
        const pair = await open(path);
        pair.origin.write(CHUNKED_HEAD);
        await pair.client.untilHead();
        return untilSeen(pair);
      });
      expect(median).toBeLessThan(ABORT_MS);
    });

    it(`… within ${ABORT_MS} ms while events flow`, async () => {
      const open = await startPairs(leaving);
      const median = await medianMs(`${path}: ${leaving} while events flow`, async () => {
        const pair = await open(path);
        pair.origin.write(CHUNKED_HEAD);
        const flow = setInterval(() => pair.origin.write(chunk(`data: ${'x'.repeat(500)}\n\n`)), 1);
        await pair.client.until('data: x');
        try {
          return await untilSeen(pair);
        } finally {
          clearInterval(flow);
        }
      });
      expect(median).toBeLessThan(ABORT_MS);
    });
  });
});
