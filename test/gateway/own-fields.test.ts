import { describe, expect, it } from 'vitest';
import { parseHead } from './support/raw-peer.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const PATHS = ['/stream', '/chat'];

describe.each(PATHS)('on %s', (path) => {
  it('there is no Via and no Server-Timing unless asked for; those of others go on', async () => {
    const { client, origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nVia: 1.0 before\r\n\r\n`,
    );
    expect(origin.text.match(/^via: .*$/gim)).toEqual(['Via: 1.0 before']);
    origin.write(CHUNKED_HEAD.replace('\r\n\r\n', '\r\nServer-Timing: db;dur=1\r\nVia: 1.1 behind\r\n\r\n'));
    const { fields } = await client.head();
    expect(fields['server-timing']).toBe('db;dur=1');
    expect(fields.via).toBe('1.1 behind');
  });

  it('with a name, Via is added in both directions, behind those that are there', async () => {
    const { client, origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nVia: 1.0 before\r\n\r\n`,
      { via: 'edge-1' },
    );
    expect(parseHead(origin.text).fields.via).toBe('1.0 before, 1.1 edge-1');
    origin.write(CHUNKED_HEAD.replace('\r\n\r\n', '\r\nVia: 1.1 behind\r\n\r\n'));
    expect((await client.head()).fields.via).toBe('1.1 behind, 1.1 edge-1');
  });

  it('Via names the version that was received', async () => {
    const { origin } = await startExchange(`GET ${path} HTTP/1.0\r\n\r\n`, { via: 'edge' });
    expect(parseHead(origin.text).fields.via).toBe('1.0 edge');
  });

  it('Server-Timing in the head tells the time to the head, the trailer that to the first bytes', async () => {
    const { client, origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
      { serverTiming: true },
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    origin.write(CHUNKED_HEAD);
    const { fields } = await client.head();
    expect(fields.trailer).toBe('Server-Timing');
    const headMs = durationOf('unclog-head', fields['server-timing']);
    expect(headMs).toBeGreaterThan(50);
    await new Promise((resolve) => setTimeout(resolve, 60));
    origin.write(chunk('data: a\n\n'));
    await client.until('data: a');
    await new Promise((resolve) => setTimeout(resolve, 100));
    origin.write(`${chunk('data: b\n\n')}0\r\nX-Sum: 1\r\n\r\n`);
    const text = await client.until(/\r\n0\r\n.*\r\n\r\n$/s);
    const [, trailers = ''] = text.split('\r\n0\r\n');
    expect(trailers).toContain('X-Sum: 1\r\n');
    const eventMs = durationOf('unclog-first-bytes', /Server-Timing: (.*)/.exec(trailers)?.[1]);
    expect(eventMs).toBeGreaterThan(headMs + 50);
    // Not the time of the last event, which came at least 100 ms later.
    expect(eventMs).toBeLessThan(performance.now());
    await origin.untilEnd().catch(() => {});
  });

  it.each([
    ['does not take trailers', 'HTTP/1.1\r\nHost: a\r\n'],
    ['speaks HTTP/1.0', 'HTTP/1.0\r\nTE: trailers\r\nConnection: TE\r\n'],
  ])('a client that %s gets the time to the head only', async (_what, rest) => {
    const { client, origin } = await startExchange(`GET ${path} ${rest}\r\n`, { serverTiming: true });
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
    await client.until(/data: a\n\n(?:\r\n0\r\n\r\n)?$/);
    const { fields, body } = await client.head();
    durationOf('unclog-head', fields['server-timing']);
    expect(fields).not.toHaveProperty('trailer');
    expect(body).not.toMatch(/server-timing/i);
  });

  it('an answer with a length gets no trailer', async () => {
    const { client, origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
      { serverTiming: true },
    );
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await client.until('ok')).endsWith('\r\n\r\nok')).toBe(true);
    expect((await client.head()).fields).not.toHaveProperty('trailer');
  });

  it('without an event there is no time to one', async () => {
    const { client, origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
      { serverTiming: true },
    );
    origin.write(CHUNKED_HEAD);
    await client.head();
    origin.write('0\r\n\r\n');
    expect((await client.until('0\r\n\r\n')).endsWith('\r\n\r\n0\r\n\r\n')).toBe(true);
  });
});

it('on a stream route Via names the version of the upstream, and timing works where chunks are made here', async () => {
  const { client, origin } = await startExchange(
    'GET /stream HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n',
    { via: 'edge', serverTiming: true },
  );
  origin.write(`${CLOSE_HEAD}data: a\n\n`);
  await client.until('data: a');
  expect((await client.head()).fields.via).toBe('1.0 edge');
  origin.socket.end();
  expect(await client.until(/0\r\n.*\r\n\r\n$/)).toMatch(
    /\r\n0\r\nServer-Timing: unclog-first-bytes;dur=\d+\.\d\r\n\r\n$/,
  );
});

function durationOf(name: string, field: string | undefined): number {
  const found = /^([\w-]+);dur=(\d+\.\d)$/.exec(field ?? '');
  expect(found?.[1]).toBe(name);
  return Number(found?.[2]);
}
