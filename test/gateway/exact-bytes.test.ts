import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CHUNKED_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const ROUTES = ['/stream', '/chat'];
const NDJSON = CHUNKED_HEAD.replace('text/event-stream', 'application/x-ndjson');

/** A gRPC-Web frame: flags, length, message (github.com/grpc/grpc, doc/PROTOCOL-WEB.md). */
function frame(flags: number, message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

describe.each(ROUTES)('on %s', (path) => {
  it.each([
    ['HTTP/1.1', 'application/grpc-web+proto', []],
    ['HTTP/1.1', 'application/grpc-web+proto', ['application/grpc-web+proto']],
    ['HTTP/1.0', 'application/grpc-web+proto', []],
  ])(
    'gRPC-Web over %s (%s, declared: %j) is byte for byte what was sent, both ways',
    async (version, type, streamTypes) => {
      const requestFrame = frame(0, randomBytes(3_000)).toString('latin1');
      const { client, origin } = await startExchange(
        `POST ${path} ${version}\r\nHost: a\r\nContent-Type: ${type}\r\nX-Grpc-Web: 1\r\nContent-Length: ${requestFrame.length}\r\n\r\n${requestFrame}`,
        { streamTypes },
      );
      expect((await origin.until(requestFrame)).endsWith(`\r\n\r\n${requestFrame}`)).toBe(true);
      // Messages of many sizes, the trailers as a frame of their own, cut into chunks that fit none of them.
      const messages = [0, 1, 4, 255, 1_000, 70_000, 5].map((bytes) => frame(0, randomBytes(bytes)));
      const body = Buffer.concat([
        ...messages,
        frame(0x80, Buffer.from('grpc-status:0\r\ngrpc-message:\r\n')),
      ]).toString('latin1');
      origin.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const sizes = [1, 2, 3, 5, 8, 13, 1_000, 4_096, 65_536];
      for (let at = 0, i = 0; at < body.length; i++) {
        const size = sizes[i % sizes.length] as number;
        origin.write(chunk(body.slice(at, at + size)));
        at += size;
        if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      origin.write('0\r\n\r\n');
      if (version === 'HTTP/1.0') await client.untilEnd();
      else await client.until(/\r\n0\r\n\r\n$/);
      const { body: received, fields } = await client.head();
      const payload = version === 'HTTP/1.0' ? received : unchunk(received);
      expect(digest(payload)).toBe(digest(body));
      expect(fields['content-type']).toBe(type);
    },
  );

  it.each([
    ['declared as a stream', ['application/x-ndjson']],
    ['not declared', []],
  ])('NDJSON, %s, flows line by line, both ways', async (_what, streamTypes) => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('{"n":0}\n')}`,
      { streamTypes },
    );
    await origin.until('{"n":0}\n');
    origin.write(NDJSON);
    expect((await client.head()).fields['x-accel-buffering']).toBe(streamTypes.length > 0 ? 'no' : undefined);
    // Each line exists only after the one before it has come back: neither direction waits for the other.
    for (let n = 1; n <= 100; n++) {
      client.write(chunk(`{"n":${n}}\n`));
      await origin.until(`{"n":${n}}\n`);
      client.text = '';
      origin.write(chunk(`{"echo":${n}}\n`));
      await client.until(`{"echo":${n}}\n`);
    }
    client.write('0\r\n\r\n');
    origin.write('0\r\n\r\n');
    await client.until(/\r\n0\r\n\r\n$/);
  });
});

function digest(text: string): string {
  return `${text.length} ${createHash('sha256').update(text, 'latin1').digest('hex')}`;
}

/** The payload of a chunked body, read in the plainest way. */
function unchunk(body: string): string {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return parts.join('');
    parts.push(body.slice(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
