import { expect, it } from 'vitest';
import { ask, type Http2Peer } from './support/http2-exchange.ts';
import type { RawPeer } from './support/raw-peer.ts';
import { connectSession, startSecurePath } from './support/secure-gateway.ts';

const STREAMS = 20;
const EACH_BYTES = 2_000_000;

/** A letter for each stream: no two share one. */
const fillOf = (n: number): string => String.fromCharCode(97 + n);

it.each(['/stream', '/x'])(
  'over HTTP/2 no stream of %s ever shows a byte of another, though one reader stalls',
  async (path) => {
    const { upstream, gateway } = await startSecurePath();
    const session = connectSession(gateway.address.port);
    const counts = new Array<number>(STREAMS).fill(0);
    const foreign: string[] = [];
    const clients: Http2Peer[] = [];
    for (let n = 0; n < STREAMS; n++) {
      const client = ask(session, { ':path': `${path}${path === '/x' ? '?' : '/'}${n}` });
      client.stream.removeAllListeners('data');
      client.stream.on('data', (piece: Buffer) => {
        counts[n] = (counts[n] as number) + piece.length;
        const fill = fillOf(n).charCodeAt(0);
        for (const byte of piece) if (byte !== fill) foreign.push(`${n} saw ${byte}`);
      });
      clients.push(client);
    }
    clients[0]?.stream.pause();
    const origins: { origin: RawPeer; n: number }[] = [];
    for (let i = 0; i < STREAMS; i++) {
      const origin = await upstream.next();
      const [, n = ''] = /^GET \S+?(\d+) /.exec(await origin.until('\r\n\r\n')) ?? [];
      origins.push({ origin, n: Number(n) });
      origin.write(
        `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: ${EACH_BYTES}\r\n\r\n`,
      );
    }
    // Small and large reads in turn, so that shared and own blocks both take part.
    for (let sent = 0, round = 0; sent < EACH_BYTES; round++) {
      const bytes = Math.min(EACH_BYTES - sent, [300, 70_000, 5_000, 130_000][round % 4] as number);
      for (const { origin, n } of origins) origin.write(fillOf(n).repeat(bytes));
      sent += bytes;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(clients.slice(1).map((client) => client.untilClosed()));
    expect(counts.slice(1)).toEqual(new Array<number>(STREAMS - 1).fill(EACH_BYTES));
    clients[0]?.stream.resume();
    await clients[0]?.untilClosed();
    expect(counts[0]).toBe(EACH_BYTES);
    expect(foreign.slice(0, 5)).toEqual([]);
  },
);
