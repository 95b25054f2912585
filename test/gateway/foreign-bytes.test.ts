import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ChunkScanner } from '../../src/http/chunk-scanner.ts';
import { makeCertificate, type TestCertificate } from './support/certificate.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, startGateway } from './support/start-gateway.ts';

const MIB = 1_048_576;
/** More than the buffers of the system take on the way to a reader that has stopped. */
const STREAM_BYTES = 24 * MIB;
/** Quiet events, bursts that fill a read and more, and what lies between; a stream goes through them in turn. */
const PIECE_BYTES = [120, 70_000, 5_000, 30, 9_000, 300_000, 120, 4_096, 16_384, 1, 60_000];

let tls: TestCertificate;

beforeAll(() => {
  tls = makeCertificate();
  return () => rmSync(tls.folder, { recursive: true });
});

/** Bytes that no two streams share; which one stands where tells earlier bytes of the same stream from later ones. */
const PERIOD = 61;

function payloadOf(letter: string, from: number, bytes: number): Buffer {
  const first = 'ABCD'.indexOf(letter) * PERIOD;
  const period = Buffer.from(Array.from({ length: PERIOD }, (_, i) => first + i));
  const start = from % PERIOD;
  return Buffer.alloc(start + bytes, period).subarray(start);
}

/** Each stream's payload is the one of the letter that its path ends with; `sent` counts it. */
async function startLetters(isTls: boolean, isChunked: boolean) {
  const sent = new Map<string, number>();
  const serve = async (socket: Socket) => {
    socket.on('error', () => {});
    const [request] = (await once(socket, 'data')) as [Buffer];
    const letter = /^GET \/stream\/(\w) /.exec(request.toString())?.[1] ?? '';
    socket.write(isChunked ? CHUNKED_HEAD : CLOSE_HEAD);
    for (let n = 0, bytes = 0; bytes < STREAM_BYTES; n++) {
      const payload = payloadOf(letter, bytes, PIECE_BYTES[n % PIECE_BYTES.length] as number);
      const size = `${payload.length.toString(16)}\r\n`;
      const isTaken = socket.write(
        isChunked ? Buffer.concat([Buffer.from(size), payload, Buffer.from('\r\n')]) : payload,
      );
      bytes += payload.length;
      sent.set(letter, bytes);
      if (!isTaken) await once(socket, 'drain');
      else if (n % 50 === 0) await new Promise(setImmediate);
    }
    socket.end(isChunked ? '0\r\n\r\n' : '');
  };
  const listener = (socket: Socket) => void serve(socket).catch(() => {});
  const server = isTls
    ? createTlsServer({ key: readFileSync(tls.key), cert: readFileSync(tls.certificate) }, listener)
    : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { url: `${isTls ? 'https' : 'http'}://localhost:${port}`, sent };
}

/**
 * Reads one stream to its end, in many small steps, so that the gateway's writes are cut everywhere; pieces that are
 * not what the stream's origin sent at that place are counted.
 */
function read(port: number, letter: string, version: string) {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const scanner = version === '1.1' ? new ChunkScanner('payload') : null;
  const result = { payload: 0, wrong: 0, fault: null as string | null };
  const check = (bytes: Buffer) => {
    if (!bytes.equals(payloadOf(letter, result.payload, bytes.length))) result.wrong++;
    result.payload += bytes.length;
  };
  const take = (bytes: Buffer) => {
    if (scanner === null) return check(bytes);
    scanner.scan(bytes, 0, bytes.length);
    for (let i = 0; i < scanner.spanCount; i += 2)
      check(bytes.subarray(scanner.spans[i], scanner.spans[i + 1]));
    result.fault = scanner.fault;
  };
  let head = Buffer.alloc(0);
  let isBody = false;
  let stays = false;
  socket.on('data', (bytes: Buffer) => {
    if (isBody) {
      socket.pause();
      if (!stays) setImmediate(() => socket.resume());
      return take(bytes);
    }
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    isBody = true;
    take(head.subarray(end + 4));
  });
  const over = once(socket, 'close');
  // The request's connection ends with the answer, in 1.1 as well.
  socket.write(`GET /stream/${letter} HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`);
  const untilBody = vi.waitUntil(() => isBody, { timeout: 10_000 });
  const stall = () => {
    stays = true;
    socket.pause();
  };
  const goOn = () => {
    stays = false;
    socket.resume();
  };
  return { result, over, untilBody, stall, goOn };
}

describe.each([
  ['plain', false],
  ['TLS', true],
] as const)('with one reader that stalls, over %s', (_name, isTls) => {
  it.each([
    ['close-delimited to an HTTP/1.0 client', '1.0', false],
    ['chunked to an HTTP/1.1 client', '1.1', true],
    ['chunked to an HTTP/1.0 client', '1.0', true],
    ['close-delimited to an HTTP/1.1 client', '1.1', false],
  ] as const)(
    'no stream shows a byte of another, %s',
    async (_what, version, isChunked) => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      onTestFinished(() => void vi.unstubAllEnvs());
      const origin = await startLetters(isTls, isChunked);
      const gateway = await startGateway(origin.url);
      const readers = [...'ABCD'].map((letter) => read(gateway.address.port, letter, version));
      const [stalled, ...others] = readers as [(typeof readers)[0], ...typeof readers];
      await stalled.untilBody;
      stalled.stall();
      await Promise.all(others.map(({ over }) => over));
      // It was stalled all the while, with bytes waiting in the gateway.
      expect(origin.sent.get('A')).toBeLessThan(STREAM_BYTES);
      stalled.goOn();
      await stalled.over;
      for (const [i, { result }] of readers.entries()) {
        const letter = 'ABCD'[i] as string;
        expect({ letter, ...result }).toEqual({
          letter,
          payload: origin.sent.get(letter),
          wrong: 0,
          fault: null,
        });
      }
    },
    30_000,
  );
});
