import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnswerSink } from '../../../src/probe/wire/answer-sink.ts';
import { Http1Reader } from '../../../src/probe/wire/http1-reader.ts';

/** Everything that a reader tells, without what depends on the reads. */
function read(pieces: Buffer[]): unknown {
  const told: unknown[] = [];
  const faults: string[] = [];
  let body = '';
  const note =
    (what: string) =>
    (value: unknown): void =>
      void told.push([what, value]);
  const sink: AnswerSink = {
    onRead: () => 0,
    onInterim: note('interim'),
    onHead: note('head'),
    onBody: (bytes) => {
      body += bytes.toString('latin1');
    },
    onChunk: ({ bytes, digits, extension }) => told.push(['chunk', bytes, digits, extension]),
    onFrame: () => {},
    onTrailers: note('trailers'),
    onFault: ({ code }) => faults.push(code),
    onEnd: (reason, detail) => told.push(['end', reason, detail]),
    onFail: (error) => told.push(['fail', error.code, error.code === 'UNCLOG_NOT_HTTP' ? '' : error.message]),
  };
  const reader = new Http1Reader('GET', sink);
  for (const piece of pieces) reader.feed(piece, 0);
  reader.end(null, false, 0);
  // What follows the end is only seen when it came in the same read.
  return { told, body, faults: faults.filter((code) => code !== 'excess-bytes').sort() };
}

/** Pieces of an answer, mostly sensible ones, in any order. */
const answers = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 103 Hint\r\nA: b\r\n\r\n',
        'HTTP/1.0 200\n',
        'Transfer-Encoding: chunked\r\n',
        'Content-Length: 7\r\n',
        'X : y\r\n',
        ' folded\r\n',
        '\r\n',
        '\n',
        'b\r\ndata: one\n\n\r\n',
        '00B;x=y\r\ndata: two\n\n\r\n',
        '5\r\nab',
        '0\r\n\r\n',
        '0\r\nX-End: a\r\n\r\n',
        'fffffffffffffffffff\r\n',
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 10 },
  )
  .map((parts) =>
    Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${parts.join('')}`, 'latin1'),
  );

it('an answer is read alike wherever reads cut it, whatever it holds', () => {
  fc.assert(
    fc.property(answers, fc.integer({ min: 1, max: 9 }), (bytes, size) => {
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      expect(read(pieces)).toEqual(read([bytes]));
    }),
    { numRuns: 2_000 },
  );
});

it('a head that trickles in is read in time that grows with its length only', () => {
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(200_000)}\r\nContent-Length: 0\r\n\r\n`);
  const before = performance.now();
  expect(read([...bytes].map((byte) => Buffer.of(byte)))).toMatchObject({ body: '' });
  expect(performance.now() - before).toBeLessThan(5_000);
});
