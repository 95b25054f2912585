import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startUpstream } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';

const PIECE = 'x'.repeat(32_768);

/** Reads to the end and keeps only what came last: the answers here are megabytes. */
async function lastBytes(socket: Socket, count: number): Promise<string> {
  let last: Buffer = Buffer.alloc(0);
  for await (const bytes of socket as AsyncIterable<Buffer>)
    last = Buffer.concat([last, bytes]).subarray(-count);
  return last.toString('latin1');
}

/**
 * The bad moment is when the gateway has stopped reading, for a client that does not read, and there is nothing left to
 * read but the end. Where that is depends on the system's buffers, so the answer ends at every place around.
 */
it.each(['Connection: close', 'X-A: b'])(
  'an upstream that closes while a client does not read harms nobody (%s)',
  async (field) => {
    const upstream = await startUpstream();
    const { address } = await startGateway(upstream.url);
    const attempt = async (pieces: number) => {
      const client = connect(address.port, '127.0.0.1').pause();
      client.on('error', () => {});
      client.write('GET /shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      const length = field === 'X-A: b' ? '' : `Content-Length: ${pieces * PIECE.length}\r\n`;
      origin.write(`HTTP/1.1 200 OK\r\n${field}\r\n${length}\r\n`);
      for (let n = 0; n < pieces; n++) {
        origin.write(PIECE);
        await sleep(2);
      }
      origin.socket.end();
      await sleep(20);
      const end = await lastBytes(client, 6);
      expect(end).toBe(field === 'X-A: b' ? '\n0\r\n\r\n' : 'xxxxxx');
      client.destroy();
    };
    for (let first = 60; first < 220; first += 40) {
      // One after the other at the upstream, since it hands its connections out in order.
      const attempts: Promise<void>[] = [];
      for (let pieces = first; pieces < first + 40; pieces++) {
        attempts.push(attempt(pieces));
        await sleep(1);
      }
      await Promise.all(attempts);
    }
    expect(upstream.accepted).toBeGreaterThan(100);
  },
  60_000,
);
