import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { DRAIN_FROM, DRAIN_UNTIL } from '../../src/gateway/drain.ts';
import { listen } from '../../src/http/listen.ts';
import { startGateway } from './support/start-gateway.ts';

const STREAMS = 500;
const DRAIN_MS = 6_000;
/** The machine may be busy: what is due at a time happens a little later. */
const SLACK_MS = 1_000;

/** Events of every shape, cut so that most pieces end within one; each kind of line end, and some without end in sight. */
const EVENTS = [
  'data: one\n\n',
  'id: 7\r\ndata: two\r\n\r\n',
  ': ping\n',
  `data: ${'x'.repeat(300)}\ndata: y\n\n`,
];

/** Streams events in pieces that heed no boundary, each piece one chunk; every fourth stream is quiet after a while. */
async function startRestlessOrigin(): Promise<string> {
  let started = 0;
  const server = createServer((_req, res) => {
    const nr = started++;
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let text = '';
    let n = nr;
    const write = (): void => {
      if (nr % 4 === 3 && n > nr + 12) {
        res.write(text);
        text = '';
        clearInterval(timer);
        return;
      }
      text += EVENTS[n++ % EVENTS.length];
      const piece = text.slice(0, 1 + ((n * 37 + nr) % (text.length + 10)));
      text = text.slice(piece.length);
      if (piece !== '') res.write(piece);
    };
    const timer = setInterval(write, 50);
    res.on('close', () => clearInterval(timer));
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}`;
}

interface Reader {
  text: string;
  endedAtMs: number | null;
}

function read(port: number): Reader {
  const reader: Reader = { text: '', endedAtMs: null };
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('data', (piece) => {
    reader.text += piece.toString('latin1');
    if (reader.text.endsWith('\r\n0\r\n\r\n')) reader.endedAtMs ??= performance.now();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    reader.endedAtMs ??= performance.now();
  });
  socket.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  onTestFinished(() => void socket.destroy());
  return reader;
}

function dechunk(text: string): string {
  let rest = text.slice(text.indexOf('\r\n\r\n') + 4);
  let body = '';
  for (;;) {
    const size = Number.parseInt(rest, 16);
    const at = rest.indexOf('\r\n') + 2;
    if (size === 0 || Number.isNaN(size)) return body;
    body += rest.slice(at, at + size);
    rest = rest.slice(at + size + 2);
  }
}

it(`${STREAMS} live streams end one by one: none within an event, none before its deadline, none after the time is up`, async () => {
  const gateway = await startGateway(await startRestlessOrigin(), { drainTimeoutMs: DRAIN_MS });
  const readers = Array.from({ length: STREAMS }, () => read(gateway.address.port));
  await expect
    .poll(() => readers.filter(({ text }) => text.length > 700).length, { timeout: 30_000 })
    .toBe(STREAMS);

  const startMs = performance.now();
  await gateway.running.close();
  const closedAfterMs = performance.now() - startMs;
  await expect.poll(() => readers.every(({ endedAtMs }) => endedAtMs !== null)).toBe(true);

  for (const { text } of readers) {
    expect(text.endsWith('\r\n0\r\n\r\n')).toBe(true);
    expect(dechunk(text)).toMatch(/(?:\n\n|\r\n\r\n|(?:^|\n\n|\r\n\r\n): ping\n)$/);
  }
  const endsMs = readers.map(({ endedAtMs }) => (endedAtMs ?? 0) - startMs).sort((a, b) => a - b);
  const at = (share: number): number => endsMs[Math.floor(share * (STREAMS - 1))] as number;
  const shown = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map((share) => Math.round(at(share))).join(', ');
  process.stdout.write(`${STREAMS} streams ended after ${shown} ms (min, p10, p25, p50, p75, p90, max)\n`);
  expect(at(0)).toBeGreaterThanOrEqual(DRAIN_MS * DRAIN_FROM - 5);
  expect(at(1)).toBeLessThan(DRAIN_MS + SLACK_MS);
  expect(closedAfterMs).toBeLessThan(DRAIN_MS + 2 * SLACK_MS);
  // Uniform deadlines: eight tenths of them lie in eight tenths of the time; half of that on a machine that is busy.
  expect(at(0.9) - at(0.1)).toBeGreaterThan(DRAIN_MS * (DRAIN_UNTIL - DRAIN_FROM) * 0.4);
}, 60_000);
