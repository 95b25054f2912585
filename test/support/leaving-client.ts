import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AbortWord } from '../../src/knowledge/intermediary.ts';
import { createOrigin } from '../../src/origin/origin.ts';

/** Long enough for a busy machine to tell a client that left in it from one that is noticed after it. */
const QUIET_MS = 3_000;
/** One event, a silence, then events for three seconds. */
const STREAM = `/.well-known/unclog/stream?interval=100ms&events=30&quiet-after=1&quiet=${QUIET_MS}ms`;
/** From the start of the stream until the client goes: its first event is out, and the silence has begun. */
const STAYS_MS = 500;

/** Starts what stands between, leaves a stream through it, and tells when the origin learned of it. */
export async function whenOriginLearns(
  start: (upstream: string) => Promise<{ url: string; close(): Promise<void> }>,
): Promise<AbortWord> {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  const hop = await start(origin.url).catch(async (error: unknown) => {
    await origin.close();
    throw error;
  });
  try {
    let startedMs = 0;
    const started = new Promise<void>((resolve) =>
      origin.onStreamStart(() => {
        startedMs = performance.now();
        resolve();
      }),
    );
    const ended = new Promise<AbortWord>((resolve) =>
      origin.onStreamEnd(({ reason }) => {
        if (reason !== 'client-left') return resolve('never');
        resolve(performance.now() - startedMs < QUIET_MS ? 'at once' : 'on write');
      }),
    );
    const { hostname, port, host } = new URL(hop.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.resume();
    socket.write(`GET ${STREAM} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n\r\n`);
    await started;
    await delay(STAYS_MS);
    socket.destroy();
    return await ended;
  } finally {
    await hop.close();
    await origin.close();
  }
}
