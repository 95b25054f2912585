import { describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const ORDINARY = 'GET /chat HTTP/1.0\r\n\r\n';
const get = (accept: string | null, path = '/stream'): string =>
  `GET ${path} HTTP/1.0\r\n${accept === null ? '' : `Accept: ${accept}\r\n`}\r\n`;

/** Body bytes that the client has before the upstream has sent any. */
async function opening(options: Partial<GatewayOptions>, request = get(null), head = CHUNKED_HEAD) {
  const { client, origin } = await startExchange(request, options);
  origin.write(head);
  await client.head();
  origin.write(head === CHUNKED_HEAD ? chunk('data: first\n\n') : 'data: first\n\n');
  await client.until('data: first\n\n');
  return (await client.head()).body.replace('data: first\n\n', '');
}

describe('the opening comment', () => {
  it.each([
    ['on a stream route', get(null), CHUNKED_HEAD],
    ['of a close-delimited upstream', get(null), CLOSE_HEAD],
    ['on a path that nobody declared', ORDINARY, CHUNKED_HEAD],
  ])('%s is one line', async (_what, request, head) => {
    expect(await opening({ openingComment: true }, request, head)).toBe(': \n');
  });

  it('comes with the head, before any event', async () => {
    const { client, origin } = await startExchange(undefined, { openingComment: true });
    origin.write(CHUNKED_HEAD);
    await client.until('\r\n\r\n3\r\n: \n\r\n');
  });

  it.each([
    [1, 3],
    [512, 512],
    [65_536, 65_536],
  ])('with a padding of %i bytes is one line of %i', async (openingPaddingBytes, length) => {
    const text = await opening({ openingPaddingBytes });
    expect(text).toMatch(/^: +\n$/);
    expect(text).toHaveLength(length);
  });

  it('is sent to nobody unless asked for, and on no other type', async () => {
    expect(await opening({})).toBe('');
    const other = CHUNKED_HEAD.replace('text/event-stream', 'text/plain');
    const { client, origin } = await startExchange(get(null), { openingComment: true, retryMs: 1 });
    origin.write(other + chunk('plain'));
    await client.until('plain');
    expect((await client.head()).body).toBe('plain');
  });

  it('drops a byte order mark that would no longer be one', async () => {
    const { client, origin } = await startExchange(get(null), { openingComment: true });
    origin.write(CHUNKED_HEAD + chunk('\xef\xbb\xbfdata: a\n\n'));
    await client.until('data: a\n\n');
    expect((await client.head()).body).toBe(': \ndata: a\n\n');
  });
});

describe('the retry field', () => {
  it.each([
    ['text/event-stream', 'retry: 3000\n'],
    ['Text/Event-Stream', 'retry: 3000\n'],
    ['application/json, text/event-stream', ''],
    ['text/event-stream, */*', ''],
    ['text/event-stream;q=1', ''],
    ['*/*', ''],
    [null, ''],
  ])('for Accept: %s is %j', async (accept, expected) => {
    expect(await opening({ retryMs: 3_000 }, get(accept))).toBe(expected);
  });

  it('stands behind the opening comment, and makes no event of its own', async () => {
    const text = await opening({ retryMs: 5_000, openingPaddingBytes: 10 }, get('text/event-stream'));
    expect(text).toBe(':        \nretry: 5000\n');
  });
});
