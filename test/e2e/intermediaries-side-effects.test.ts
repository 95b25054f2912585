import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { Sighting } from '../../src/origin/sightings.ts';
import { STREAMS } from '../support/drivers/pair.ts';
import {
  type Kind,
  type ProductId,
  probeCalmly,
  replaceAll,
  startIntermediary,
} from '../support/intermediary.ts';
import { newToken, seenUntil } from '../support/suite/ask.ts';
import { allPairs, startHalf } from '../support/suite/pairs.ts';
import { hasTool } from '../support/tools.ts';

const STREAM = '/.well-known/unclog/stream';

/** The lines of `passthrough.*` that do not concern holding do something: without them what the suite sees is otherwise. */
describe.concurrent('without a line of a passthrough configuration', () => {
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

  it.skipIf(!hasTool('varnish'))('Varnish makes one stream of two (in the file that holds)', async () => {
    // Our origin says `no-cache`, which Varnish obeys. Many do not say so.
    const silent = (text: string) =>
      replaceAll(
        text,
        'set beresp.do_gzip = true;',
        'set beresp.do_gzip = true; unset beresp.http.Cache-Control;',
      );
    expect(await streamsOfTwoClients(await start('varnish', 'buffering', silent))).toBe(1);
  });

  for (const [id, name] of [
    ['haproxy', 'wait-for-body'],
    ['nginx', ''],
  ] as const)
    it.skipIf(!hasTool(id))(
      `${id}${name && `, ${name},`} keeps the body of a request until it is whole`,
      async () => {
        const pair = allPairs().find((one) => one.product === id && one.name === name);
        if (pair === undefined) throw new Error(`${id} has no pair of the name "${name}"`);
        const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
        parts.push(origin);
        const pieces = async (kind: Kind): Promise<number> => {
          const half = await startHalf(pair, kind, origin.url);
          parts.push(half);
          return bodyPieces(half.url, origin.url);
        };
        expect(await Promise.all([pieces('buffering'), pieces('passthrough')])).toEqual([0, 1]);
      },
    );

  it.skipIf(!hasTool('haproxy'))('HAProxy does not say that a client left a quiet stream', async () => {
    const hop = await start('haproxy', 'passthrough', (text) =>
      replaceAll(text, '    option abortonclose\n', ''),
    );
    expect(await Promise.race([leaveQuietStream(hop), delay(2_000, 'open still')])).toBe('open still');
  });

  it.skipIf(!hasTool('haproxy'))('HAProxy does not count silence against "timeout client"', async () => {
    const { url, origin } = await start('haproxy', 'passthrough', (text) =>
      replaceAll(text, 'timeout client 50s', 'timeout client 2s'),
    );
    const reports = await Promise.all(
      [STREAMS.quiet, STREAMS.lateHead].map((path) =>
        probeCalmly([
          { name: 'origin', url: origin.url + path },
          { name: 'hop', url: url + path },
        ]),
      ),
    );
    for (const report of reports) expect(report.verdict).toBe('streaming');
  });
});

interface Started {
  url: string;
  origin: RunningOrigin;
}

/** Sends half of a request's body, and tells how many pieces of it the origin sees while the other half is not sent. */
async function bodyPieces(url: string, origin: string): Promise<number> {
  const token = newToken();
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const head = `POST /.well-known/unclog/body?token=${token} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 20\r\n\r\n`;
  socket.write(`${head}0123456789`);
  const arrived = (requests: Sighting[]): boolean => (requests[0]?.body.pieces.length ?? 0) > 0;
  const requests = await seenUntil(origin, token, arrived, 2_000);
  socket.destroy();
  return requests[0]?.body.pieces.length ?? 0;
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
