import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RawPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

const MIB = 1_048_576;

/** Writes until nothing more is taken for a while; returns how many bytes this side got rid of. */
async function floodUntilStalled(origin: RawPeer, piece: Buffer, limitBytes: number): Promise<number> {
  const { socket } = origin;
  let offered = 0;
  let takenAtMs = performance.now();
  let taken = 0;
  while (performance.now() - takenAtMs < 700 && offered < limitBytes) {
    while (socket.writableLength < MIB && offered < limitBytes) {
      socket.write(piece);
      offered += piece.length;
    }
    await sleep(5);
    const now = offered - socket.writableLength;
    if (now > taken) {
      taken = now;
      takenAtMs = performance.now();
    }
  }
  return taken;
}

describe.each(['/stream', '/chat'])('a client of %s that does not read', (path) => {
  it('stops the upstream, holds little memory, and gets every byte once it reads', async () => {
    const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write(CHUNKED_HEAD);
    await client.head();
    client.socket.pause();
    const before = process.memoryUsage();
    const limit = 400 * MIB;
    const payload = 'x'.repeat(16_000);
    const sent = await floodUntilStalled(origin, Buffer.from(chunk(payload)), limit);
    const after = process.memoryUsage();
    // The rest sits in the system's own buffers on four sockets.
    expect(sent).toBeLessThan(60 * MIB);
    expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(
      16 * MIB,
    );

    let received = 0;
    client.socket.on('data', (piece: Buffer) => {
      received += piece.length;
    });
    client.socket.resume();
    origin.write('0\r\n\r\n');
    await vi.waitUntil(() => client.text.endsWith('\r\n0\r\n\r\n'), { timeout: 20_000 });
    expect(received).toBeGreaterThan(sent - MIB);
  });

  it('is broken off after slowClientTimeoutMs, and the upstream with it', async () => {
    const { client, origin, gateway } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, {
      slowClientTimeoutMs: 400,
    });
    origin.write(CHUNKED_HEAD);
    await client.head();
    client.socket.pause();
    await floodUntilStalled(origin, Buffer.from(chunk('x'.repeat(16_000))), 400 * MIB);
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'slow-client' });
    client.socket.resume();
    await client.untilEnd();
    expect(client.text).not.toContain('\r\n0\r\n\r\n');
  });
});

it('a slow HTTP/1.0 client that is broken off sees a reset', async () => {
  const { client, origin } = await startExchange('GET /stream HTTP/1.0\r\n\r\n', {
    slowClientTimeoutMs: 400,
  });
  origin.write(CLOSE_HEAD);
  await client.head();
  client.socket.pause();
  await floodUntilStalled(origin, Buffer.alloc(64_000, 'x'), 400 * MIB);
  // Node shows a reset behind unread bytes as an ordinary end; a write tells.
  const written = new Promise<unknown>((resolve) => client.socket.write('x', resolve));
  expect(await written).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
});

it('no stream ever shows a byte of another, though one reader stalls and all share one read buffer', async () => {
  const { upstream, gateway } = await startPath();
  const letters = ['A', 'B', 'C', 'D'];
  const streams = [];
  for (const letter of letters) {
    const socket = connect(gateway.address.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const client = new RawPeer(socket);
    client.write(`GET /stream/${letter} HTTP/1.0\r\n\r\n`);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CLOSE_HEAD);
    await client.head();
    streams.push({ letter, client, origin });
  }
  const [stalled, ...others] = streams;
  if (stalled === undefined) throw new Error('no stream');
  stalled.client.socket.pause();
  const fill = (letter: string) => Buffer.alloc(50_000, letter);
  const flooded = floodUntilStalled(stalled.origin, fill(stalled.letter), 100 * MIB);
  let done = false;
  void flooded.then(() => {
    done = true;
  });
  while (!done) {
    for (const { origin, letter } of others)
      if (origin.socket.writableLength < MIB) origin.socket.write(fill(letter));
    await sleep(1);
  }
  stalled.client.socket.resume();
  for (const { origin } of streams) origin.socket.end();
  for (const { client, letter } of streams) {
    await client.untilEnd();
    const { body } = await client.head();
    expect(body.length).toBeGreaterThan(50_000);
    expect([...new Set(body)]).toEqual([letter]);
  }
});

it('other streams feel nothing of one that stalls', async () => {
  const { client, origin, gateway, upstream } = await startExchange();
  origin.write(CHUNKED_HEAD);
  await client.head();
  client.socket.pause();
  await floodUntilStalled(origin, Buffer.from(chunk('x'.repeat(16_000))), 400 * MIB);
  const socket = connect(gateway.address.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const other = new RawPeer(socket);
  other.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  const second = await upstream.next();
  await second.until('\r\n\r\n');
  second.write(CHUNKED_HEAD);
  for (let n = 0; n < 50; n++) {
    second.write(chunk(`data: ${n}\n\n`));
    await other.until(`data: ${n}\n\n`);
  }
});
