import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import {
  configPath,
  type Kind,
  type ProductId,
  replaceAll,
  startIntermediary,
} from '../support/intermediary.ts';
import { hasTool } from '../support/tools.ts';

const STREAM = '/.well-known/unclog/stream';

/** What else the comments in `configs/` promise. */
describe.concurrent('a passthrough configuration', () => {
  const parts: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const part of parts.reverse()) await part.close();
  });

  /** A hop with an origin of its own. */
  async function start(id: ProductId, kind: Kind, edit = (text: string) => text): Promise<Started> {
    const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    parts.push(origin);
    const hop = await startIntermediary(id, kind, { upstream: origin.url, edit });
    parts.push(hop);
    return { url: hop.url, origin };
  }

  for (const id of ['haproxy', 'caddy', 'varnish'] as const) {
    it.skipIf(!hasTool(id))(`${configPath(id, 'passthrough')} still compresses a page`, async () => {
      const { url } = await start(id, 'passthrough');
      const page = `${STREAM}?events=4&interval=1ms&size=1k&fill=repeated&type=text/html`;
      const answer = await fetch(url + page, { headers: { 'Accept-Encoding': 'gzip' } });
      await answer.text();
      expect(answer.headers.get('content-encoding')).toBe('gzip');
    });
  }

  it.skipIf(!hasTool('varnish'))('of Varnish gives every client a stream of its own', async () => {
    // Our origin says `no-cache`, which Varnish obeys. Many do not say so.
    const silent = (text: string) =>
      replaceAll(
        text,
        'set beresp.do_gzip = true;',
        'set beresp.do_gzip = true; unset beresp.http.Cache-Control;',
      );
    expect(await streamsOfTwoClients(await start('varnish', 'passthrough', silent))).toBe(2);
    expect(await streamsOfTwoClients(await start('varnish', 'buffering', silent))).toBe(1);
  });

  it.skipIf(!hasTool('haproxy'))(
    'of HAProxy tells the origin that a client left a quiet stream',
    async () => {
      const shipped = await start('haproxy', 'passthrough');
      const without = await start('haproxy', 'passthrough', (text) =>
        replaceAll(text, '    option abortonclose\n', ''),
      );
      const unnoticed = leaveQuietStream(without);
      expect(await leaveQuietStream(shipped)).toBe('client-left');
      expect(await Promise.race([unnoticed, delay(1_000, 'open still')])).toBe('open still');
    },
  );
});

interface Started {
  url: string;
  origin: RunningOrigin;
}

/** How many streams the origin sees when two clients ask for the same one. */
async function streamsOfTwoClients({ url, origin }: Started): Promise<number> {
  let streams = 0;
  origin.onStreamStart(() => streams++);
  const read = async () => {
    const answer = await fetch(`${url}${STREAM}?events=10&interval=100ms`, {
      headers: { Accept: 'text/event-stream' },
    });
    await answer.text();
  };
  await Promise.all([read(), read()]);
  return streams;
}

/** Opens a stream that says one thing and falls silent, leaves, and tells how the origin saw it end. */
async function leaveQuietStream({ url, origin }: Started): Promise<string> {
  const ended = new Promise<string>((resolve) => origin.onStreamEnd(({ reason }) => resolve(reason)));
  const { port, hostname, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${STREAM}?events=2&quiet-after=1&quiet=20s HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  let seen = '';
  while (!seen.includes('"seq":1')) seen += String((await once(socket, 'data'))[0]);
  socket.destroy();
  return ended;
}
