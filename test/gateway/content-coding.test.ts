import { constants, createBrotliCompress, createDeflate, createGzip, type Gzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CHUNKED_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const codedHead = (coding: string, more = '') =>
  CHUNKED_HEAD.replace('\r\n\r\n', `\r\nContent-Encoding: ${coding}\r\nETag: "a"\r\n${more}\r\n`);

/** Compresses piece by piece, each flushed. */
function pieceCoder(coder: Gzip | ReturnType<typeof createBrotliCompress>) {
  const pieces: Buffer[] = [];
  coder.on('data', (piece: Buffer) => pieces.push(piece));
  return (text: string) =>
    new Promise<string>((resolve) => {
      coder.write(text, () => coder.flush(() => resolve(Buffer.concat(pieces.splice(0)).toString('latin1'))));
    });
}

const CODERS = {
  gzip: () => createGzip(),
  deflate: () => createDeflate() as unknown as Gzip,
  br: () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
};

describe.each(Object.keys(CODERS) as (keyof typeof CODERS)[])(
  'an upstream that sends %s all the same',
  (coding) => {
    it.each(['1.1', '1.0'])(
      'is decoded, each event before the next is sent, for HTTP/%s',
      async (version) => {
        const { client, origin } = await startExchange(`GET /stream HTTP/${version}\r\nHost: a\r\n\r\n`);
        const encode = pieceCoder(CODERS[coding]());
        origin.write(codedHead(coding));
        const { fields } = await client.head();
        expect(fields).not.toHaveProperty('content-encoding');
        expect(fields.etag).toBe('W/"a"');
        for (let n = 0; n < 50; n++) {
          origin.write(chunk(await encode(`data: event ${n}\n\n`)));
          await client.until(`data: event ${n}\n\n`);
        }
      },
    );
  },
);

it('a decoded answer ends whole', async () => {
  const { client, origin, gateway } = await startExchange();
  origin.write(`${codedHead('gzip')}${chunk(gzipSync('data: a\n\n').toString('latin1'))}0\r\n\r\n`);
  await client.until('\r\n0\r\n\r\n');
  expect(client.text).toContain('9\r\ndata: a\n\n\r\n');
  expect(await gateway.exchange()).toMatchObject({ outcome: 'complete' });
});

it('a coded answer that breaks off is broken off, after what had come', async () => {
  const { client, origin, gateway } = await startExchange();
  const encode = pieceCoder(createGzip());
  origin.write(codedHead('gzip') + chunk(await encode('data: a\n\n')));
  await client.until('data: a');
  origin.write(chunk(await encode('data: b\n\n')));
  origin.socket.end();
  await client.untilEnd();
  expect(client.text).toContain('data: b');
  expect(client.text).not.toContain('\r\n0\r\n\r\n');
  expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
});

it.each([
  ['garbage', 'this is not gzip'],
  ['a coded form that is cut short', gzipSync('data: a\n\n'.repeat(100)).subarray(0, 20).toString('latin1')],
])('%s in a coded answer breaks it off', async (_what, coded) => {
  const { client, origin } = await startExchange();
  origin.write(`${codedHead('gzip')}${chunk(coded)}0\r\n\r\n`);
  await client.untilEnd();
  expect(client.text).not.toContain('\r\n0\r\n\r\n');
});

it('a decompression bomb is broken off', async () => {
  const { client, origin, gateway } = await startExchange();
  origin.write(codedHead('gzip') + chunk(gzipSync(Buffer.alloc(100_000_000)).toString('latin1')));
  await client.untilEnd();
  expect(client.text.length).toBeLessThan(30_000_000);
  expect(await gateway.exchange()).toMatchObject({
    outcome: 'upstream-broken',
    detail: 'decompression bomb',
  });
});

it.each([
  ["the upstream's own no-transform", codedHead('gzip', 'Cache-Control: no-transform\r\n')],
  ['an unknown coding', codedHead('x-own')],
  ['a status of failure', codedHead('gzip').replace('200 OK', '503 Service Unavailable')],
])('%s leaves the coded bytes as they are', async (_what, head) => {
  const { client, origin } = await startExchange();
  origin.write(`${head}4\r\n\x1f\x8b\x08\x00\r\n0\r\n\r\n`);
  await client.until('0\r\n\r\n');
  expect(client.text).toContain('\x1f\x8b\x08\x00');
  expect((await client.head()).fields['content-encoding']).toBeDefined();
});
