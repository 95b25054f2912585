import { describe, expect, it } from 'vitest';
import { chunk, startExchange } from './support/start-gateway.ts';

const NDJSON = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n';

describe.each(['/stream', '/chat'])('on %s Incremental (RFC 10036)', (path) => {
  it('of a request goes on as it is, once, and says nothing about the answer', async () => {
    const { client, origin, gateway } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nIncremental: ?1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    expect(origin.text.match(/^incremental: .*$/gim)).toEqual(['Incremental: ?1']);
    // The request's body is passed on as it comes.
    for (const part of ['one', 'two', 'three']) {
      client.write(chunk(part));
      await origin.until(part);
    }
    client.write('0\r\n\r\n');
    origin.write(`${NDJSON}\r\n`);
    const { fields } = await client.head();
    expect(fields).not.toHaveProperty('incremental');
    expect(fields).not.toHaveProperty('x-accel-buffering');
    origin.write('0\r\n\r\n');
    expect(await gateway.exchange()).toMatchObject({ route: 'stream', outcome: 'complete' });
  });

  it('is not made up for a request that does not carry it', async () => {
    const { origin } = await startExchange(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`);
    expect(origin.text).not.toMatch(/^incremental:/im);
  });

  it.each(['?1', '?1;a=b', '?1 ; x'])(
    'of an answer, %s, makes it a stream whatever its type',
    async (value) => {
      const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      origin.write(`${NDJSON}Incremental: ${value}\r\n\r\n`);
      const { fields } = await client.head();
      expect(fields.incremental).toBe('?1');
      expect(fields['x-accel-buffering']).toBe('no');
      expect(fields['cache-control']).toContain('no-transform');
    },
  );

  it.each(['?0', '1', 'true', '?1, ?1', '"?1"', '?11'])(
    'of an answer, %s, is no such wish',
    async (value) => {
      const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      origin.write(`${NDJSON}Incremental: ${value}\r\n\r\n`);
      const { fields } = await client.head();
      expect(fields.incremental).toBe(value);
      expect(fields).not.toHaveProperty('x-accel-buffering');
    },
  );

  it('of an error changes nothing', async () => {
    const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write('HTTP/1.1 500 Oops\r\nIncremental: ?1\r\nContent-Length: 2\r\n\r\nno');
    await client.until('\r\n\r\nno');
    expect((await client.head()).fields).not.toHaveProperty('x-accel-buffering');
  });
});
