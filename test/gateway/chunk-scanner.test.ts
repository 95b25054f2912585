import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ChunkScanner, type SpanMode } from '../../src/http/chunk-scanner.ts';

/** What a scanner made of a body that came in pieces. */
function scanAll(body: Buffer, cuts: readonly number[], mode: SpanMode) {
  const scanner = new ChunkScanner(mode);
  const passed: Buffer[] = [];
  const edges = [0, ...[...cuts].sort((a, b) => a - b), body.length];
  let used = 0;
  for (let i = 0; i + 1 < edges.length && !scanner.done && scanner.fault === null; i++) {
    // A buffer of its own for each piece, and spoilt afterwards: nothing may point into an earlier one.
    const piece = Buffer.from(body.subarray(edges[i], edges[i + 1]));
    used += scanner.scan(piece, 0, piece.length);
    for (let s = 0; s < scanner.spanCount; s += 2) {
      passed.push(Buffer.from(piece.subarray(scanner.spans[s], scanner.spans[s + 1])));
    }
    piece.fill(0xee);
  }
  const { done, fault, trailers, chunks, payloadBytes } = scanner;
  return {
    passed: Buffer.concat(passed).toString('latin1'),
    used,
    done,
    fault,
    trailers,
    chunks,
    payloadBytes,
  };
}

const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
const sizeText = fc.record({ zeros: fc.integer({ min: 0, max: 6 }), upper: fc.boolean() });
const extension = fc.constantFrom('', '', '', ';a', ';a=b', ';a=b;c', ';name="x; \\" y"', ';a="";b');
const trailer = fc.constantFrom('', '', 'X-Sum: 1\r\n', 'A: b\r\nC:\r\n');

/** A valid chunked body with everything the grammar allows, and its payload. */
const validBody = fc
  .tuple(payloads, fc.array(sizeText), fc.array(extension), trailer)
  .map(([pieces, sizes, extensions, trailers]) => {
    const lines: Buffer[] = [];
    for (const [i, piece] of [...pieces, new Uint8Array(0)].entries()) {
      const { zeros, upper } = sizes[i % (sizes.length || 1)] ?? { zeros: 0, upper: false };
      const hex = '0'.repeat(zeros) + piece.length.toString(16);
      const ext = extensions[i % (extensions.length || 1)] ?? '';
      lines.push(Buffer.from(`${upper ? hex.toUpperCase() : hex}${ext}\r\n`), Buffer.from(piece));
      lines.push(Buffer.from(piece.length > 0 ? '\r\n' : `${trailers}\r\n`));
    }
    return { body: Buffer.concat(lines), payload: Buffer.concat(pieces), chunks: pieces.length };
  });

const withCuts = <T extends { body: Buffer }>(arbitrary: fc.Arbitrary<T>) =>
  arbitrary.chain((made) =>
    fc.tuple(fc.constant(made), fc.array(fc.integer({ min: 0, max: made.body.length }), { maxLength: 12 })),
  );

/** Valid bodies with some bytes replaced, removed or put in. */
const damagedBody = fc
  .tuple(
    validBody,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('set', 'cut', 'add'),
        fc.constantFrom(...'\r\n;0aF gz\0:\t"'.split('')),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([{ body }, edits]) => {
    let bytes = [...body];
    for (const [at, what, character] of edits) {
      const i = at % (bytes.length + 1);
      const code = character.charCodeAt(0);
      if (what === 'set') bytes[i] = code;
      else if (what === 'cut') bytes = bytes.filter((_, k) => k !== i);
      else bytes.splice(i, 0, code);
    }
    return { body: Buffer.from(bytes) };
  });

describe('ChunkScanner', () => {
  it('finds payload, end and trailers of any valid body, however it is cut', () => {
    fc.assert(
      fc.property(
        withCuts(validBody),
        fc.string({ maxLength: 5 }),
        ([{ body, payload, chunks }, cuts], after) => {
          const result = scanAll(Buffer.concat([body, Buffer.from(after)]), cuts, 'payload');
          expect(result.fault).toBeNull();
          expect(result.done).toBe(true);
          expect(result.used).toBe(body.length);
          expect(result.passed).toBe(payload.toString('latin1'));
          expect(result.chunks).toBe(chunks);
          expect(result.payloadBytes).toBe(payload.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('passes framing on so that, with its end added, it reads as the same payload', () => {
    fc.assert(
      fc.property(withCuts(validBody), ([{ body, payload }, cuts]) => {
        const framed = scanAll(body, cuts, 'framed');
        const again = scanAll(Buffer.from(`${framed.passed}\r\n\r\n`, 'latin1'), [], 'payload');
        expect(again.fault).toBeNull();
        expect(again.done).toBe(true);
        expect(again.passed).toBe(payload.toString('latin1'));
        // Extensions stop here.
        const sizeLines = scanSizeLines(framed.passed);
        expect(sizeLines.every((line) => /^[0-9a-fA-F]{1,16}$/.test(line))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('judges a damaged body the same however it is cut', () => {
    fc.assert(
      fc.property(withCuts(damagedBody), ([{ body }, cuts]) => {
        for (const mode of ['framed', 'payload'] as const) {
          expect(scanAll(body, cuts, mode)).toEqual(scanAll(body, [], mode));
          const everyByte = Array.from(body, (_, i) => i);
          expect(scanAll(body, everyByte, mode)).toEqual(scanAll(body, [], mode));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads whole chunks at once as it reads them byte by byte, wherever they lie and however long they are', () => {
    const sizes = fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 300 }), weight: 30 },
      { arbitrary: fc.constantFrom(4_095, 4_096, 65_536), weight: 1 },
    );
    const unusual = fc.constantFrom('', '', '', '', ';a=b', '0', '00', '00000', '000000');
    const chunks = fc.array(fc.tuple(sizes, unusual), { minLength: 1, maxLength: 6 });
    const line = (size: number, twist: string) => {
      const hex = size.toString(16);
      return `${twist.startsWith(';') ? hex + twist : twist + hex}\r\n`;
    };
    fc.assert(
      fc.property(
        chunks,
        fc.nat(),
        fc.nat({ max: 20 }),
        fc.constantFrom(...'\r\n;0g'),
        (made, at, before, stray) => {
          const text = made.map(([size, twist]) => `${line(size, twist)}${'x'.repeat(size)}\r\n`).join('');
          const body = Buffer.from(`${text}0\r\n\r\n`);
          const damaged = Buffer.from(body);
          // The framing is a small part of the bytes: aimed at, a stray byte meets it.
          const ends = [...text.matchAll(/[^x]/g)].map(({ index }) => index);
          damaged[ends[at % ends.length] as number] = stray.charCodeAt(0);
          for (const bytes of [body, damaged]) {
            for (const mode of ['framed', 'payload'] as const) {
              const expected = scanAll(
                bytes,
                Array.from(bytes, (_, i) => i),
                mode,
              );
              expect(scanAll(bytes, [], mode)).toEqual(expected);
              // What lies around the piece is not the scanner's, be it the rest of the same chunk.
              const cut = ends[(at + before) % ends.length] as number;
              const known = scanAll(bytes.subarray(0, cut), [], mode);
              const scanner = new ChunkScanner(mode);
              const around = Buffer.concat([Buffer.alloc(before, '1'), bytes]);
              const used = scanner.scan(around, before, before + cut) - before;
              const { fault, chunks, payloadBytes } = scanner;
              expect({ used, fault, chunks, payloadBytes }).toEqual({
                used: known.used,
                fault: known.fault,
                chunks: known.chunks,
                payloadBytes: known.payloadBytes,
              });
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('forgets the room that many tiny chunks took', () => {
    const scanner = new ChunkScanner('payload');
    const tiny = Buffer.from('1\r\nx\r\n'.repeat(10_000));
    scanner.scan(tiny, 0, tiny.length);
    expect(scanner.spanCount).toBe(20_000);
    scanner.scan(tiny, 0, 6);
    expect(scanner.spanCount).toBe(2);
    expect(scanner.spans.length).toBeLessThan(4_096);
  });

  it("accepts nothing that Node's own parser refuses, and finds the same payload", async () => {
    const parse = await startNodeParser();
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          validBody.map(({ body }) => ({ body })),
          damagedBody,
        ),
        async ({ body }) => {
          const ours = scanAll(body, [], 'payload');
          if (!ours.done) return;
          accepted++;
          const theirs = await parse(body.subarray(0, ours.used));
          expect(theirs).toBe(ours.passed);
        },
      ),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it.each([
    ['no size', '\r\n', 'chunk-size'],
    ['a sign', '+5\r\n', 'chunk-size'],
    ['a prefix', '0x5\r\n', 'chunk-size'],
    ['a space before the line end', '5 \r\nhello\r\n', 'chunk-size'],
    ['17 digits', '00000000000000005\r\n', 'chunk-size'],
    ['a size beyond 2^53', 'fffffffffffffff\r\n', 'chunk-size-overflow'],
    ['a bare LF after the size', '5\nhello\r\n', 'chunk-size'],
    ['a bare CR after the size', '5\rhello\r\n', 'chunk-line-end'],
    ['data longer than its size', '5\r\nhello!\r\n', 'chunk-end'],
    ['a bare LF after the data', '5\r\nhello\n', 'chunk-end'],
    ['a bare CR after the data', '5\r\nhello\rX', 'chunk-end'],
    ['a control character in an extension', '5;a\0b\r\n', 'chunk-extension'],
    ['a bare LF in an extension', '5;a\nb\r\n', 'chunk-extension'],
    ['white space in an extension', '5; a\r\n', 'chunk-extension'],
    ['an empty extension', '5;\r\n', 'chunk-extension'],
    ['an extension with an empty value', '5;a=\r\n', 'chunk-extension'],
    ['a quoted string that does not end', '5;a="b\r\n', 'chunk-extension'],
    ['text after a quoted string', '5;a="b"c\r\n', 'chunk-extension'],
    ['an endless extension', `5;${'a'.repeat(2_000)}\r\n`, 'chunk-extension'],
    ['a trailer without colon', '0\r\nnonsense\r\n\r\n', 'trailer'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n', 'trailer'],
    ['a space before the colon of a trailer', '0\r\nA : b\r\n\r\n', 'trailer'],
    ['framing among the trailers', '0\r\nContent-Length: 5\r\n\r\n', 'trailer'],
    ['a cookie among the trailers', '0\r\nSet-Cookie: a=b\r\n\r\n', 'trailer'],
    ['endless trailers', `0\r\n${'A: b\r\n'.repeat(100)}\r\n`, 'trailer-size'],
    ['one endless trailer', `0\r\nA: ${'b'.repeat(10_000)}`, 'trailer-size'],
  ])('refuses %s', (_what, body, fault) => {
    expect(scanAll(Buffer.from(body, 'latin1'), [], 'framed').fault).toBe(fault);
  });

  it('never passes on what would complete a body whose trailers are not valid', () => {
    const { passed, fault } = scanAll(Buffer.from('3\r\nabc\r\n0\r\nHost: x\r\n\r\n'), [], 'framed');
    expect(fault).toBe('trailer');
    expect(passed).toBe('3\r\nabc\r\n0');
  });
});

/** The size lines of a framed body, read in the plainest way. */
function scanSizeLines(framed: string): string[] {
  const lines: string[] = [];
  let rest = `${framed}\r\n`;
  for (;;) {
    const end = rest.indexOf('\r\n');
    const line = rest.slice(0, end);
    lines.push(line);
    const size = Number.parseInt(line, 16);
    if (!(size > 0)) return lines;
    rest = rest.slice(end + 2 + size + 2);
  }
}

/** Node's HTTP client as the judge: payload of a body, or the error it ends with. */
async function startNodeParser(): Promise<(body: Buffer) => Promise<string>> {
  let body: Buffer = Buffer.alloc(0);
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from(head), body])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return (next) =>
    new Promise((resolve) => {
      body = next;
      get({ port, host: '127.0.0.1', agent: false }, (response) => {
        let text = '';
        response.setEncoding('latin1');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve(response.complete ? text : 'cut off'));
        response.on('error', (error) => resolve(String(error)));
      }).on('error', (error) => resolve(String(error)));
    });
}
