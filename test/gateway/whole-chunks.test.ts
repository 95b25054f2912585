import { expect, it } from 'vitest';
import { createBodyReader } from '../../src/gateway/body-reader.ts';
import { encodePiece } from '../../src/gateway/body-writer.ts';
import { LIMITS } from '../../src/gateway/limits.ts';
import { returnBlock, takeBlock } from '../../src/gateway/read-block.ts';
import { ChunkScanner } from '../../src/http/chunk-scanner.ts';
import { createRandom, makeCuts } from './support/random.ts';

const RUNS = 5_000;

/** Payload of chunks that must be whole, and nothing but whole ones. */
function decode(piece: Buffer): string {
  const scanner = new ChunkScanner('payload');
  scanner.scan(piece, 0, piece.length);
  expect(scanner.fault).toBeNull();
  let payload = '';
  for (let i = 0; i < scanner.spanCount; i += 2)
    payload += piece.toString('latin1', scanner.spans[i], scanner.spans[i + 1]);
  // At the start of a chunk a chunk can follow.
  const next = Buffer.from('1\r\nx\r\n');
  expect(scanner.scan(next, 0, next.length)).toBe(next.length);
  expect(scanner.fault).toBeNull();
  expect(scanner.spanCount).toBe(2);
  return payload;
}

it('each piece written in wrap mode is whole chunks of the same payload, however the upstream’s are cut', () => {
  const random = createRandom(7);
  let kept = 0;
  for (let run = 0; run < RUNS; run++) {
    let body = '';
    let payload = '';
    for (let chunks = random(12); chunks > 0; chunks--) {
      const data = String.fromCharCode(97 + random(26)).repeat(1 + random(40));
      const extension = random(8) === 0 ? ';a=b' : '';
      body += `${data.length.toString(16)}${extension}\r\n${data}\r\n`;
      payload += data;
    }
    const bytes = Buffer.from(body, 'latin1');
    const reader = createBodyReader({ kind: 'chunked' }, run % 2 ? 'payload' : 'whole');
    const cuts = makeCuts(random, bytes.length);
    let got = '';
    for (let i = 0; i <= cuts.length; i++) {
      reader.scan(bytes, cuts[i - 1] ?? 0, cuts[i] ?? bytes.length);
      const piece = encodePiece(reader, bytes, 'wrap', [], false);
      if (piece === null) continue;
      if (piece.toString('latin1').split('\r\n').length > 3) kept++;
      got += decode(piece);
    }
    if (got !== payload) expect.fail(`${JSON.stringify(body)} cut at ${cuts} became ${got}`);
  }
  // Or the runs of whole chunks were never taken.
  expect(kept).toBeGreaterThan(RUNS / 10);
});

it('so is each that is framed within the block of its stream, of which nothing else changes', () => {
  const random = createRandom(11);
  let aliased = 0;
  for (let run = 0; run < RUNS / 5; run++) {
    const isChunked = random(4) > 0;
    let body = '';
    let payload = '';
    for (let bytes = 20_000 + random(60_000); payload.length < bytes; ) {
      const data = String.fromCharCode(97 + random(26)).repeat(1 + random(random(3) === 0 ? 30_000 : 300));
      const extension = random(60) === 0 ? ';a=b' : '';
      const zeros = '0'.repeat(random(6) === 0 ? random(4) : 0);
      body += isChunked ? `${zeros}${data.length.toString(16)}${extension}\r\n${data}\r\n` : data;
      payload += data;
    }
    const bytes = Buffer.from(body, 'latin1');
    const reader = createBodyReader({ kind: isChunked ? 'chunked' : 'close' }, run % 2 ? 'payload' : 'whole');
    let got = '';
    for (let at = 0; at < bytes.length; ) {
      const block = takeBlock();
      const length = Math.min(bytes.length - at, 4_000 + random(LIMITS.readBytes - 4_000 + 1));
      bytes.copy(block, 0, at, at + length);
      at += length;
      reader.scan(block, 0, length);
      const piece = encodePiece(reader, block, 'wrap', [], true);
      if (piece === null) continue;
      if (piece.buffer === block.buffer) aliased++;
      got += decode(piece);
      returnBlock(block);
    }
    if (got !== payload) expect.fail(`run ${run}: other payload`);
  }
  expect(aliased).toBeGreaterThan(RUNS / 5);
});

it('a read whose long runs were not taken apart lists the same payload once it is asked to, and ends with it before', () => {
  const random = createRandom(13);
  let abridged = 0;
  for (let run = 0; run < RUNS; run++) {
    let body = '';
    for (let chunks = random(40); chunks > 0; chunks--) {
      const data = 'x'.repeat(1 + random(20));
      body += `${data.length.toString(16)}${random(15) === 0 ? ';a=b' : ''}\r\n${data}\r\n`;
    }
    const bytes = Buffer.from(random(3) === 0 ? `${body}0\r\n\r\n` : body, 'latin1');
    const [full, short] = (['payload', 'whole'] as const).map((mode) => new ChunkScanner(mode)) as [
      ChunkScanner,
      ChunkScanner,
    ];
    const cuts = makeCuts(random, bytes.length);
    for (let i = 0; i <= cuts.length; i++) {
      const [from, to] = [cuts[i - 1] ?? 0, cuts[i] ?? bytes.length];
      for (const scanner of [full, short]) scanner.scan(bytes, from, to);
      expect(short.spans.slice(0, short.spanCount).slice(-2)).toEqual(
        full.spans.slice(0, full.spanCount).slice(-2),
      );
      if (short.isAbridged) abridged++;
      short.takeApart(bytes);
      expect(short.isAbridged).toBe(false);
      expect(short.spans.slice(0, short.spanCount)).toEqual(full.spans.slice(0, full.spanCount));
      expect([short.payloadBytes, short.chunks, short.done]).toEqual([
        full.payloadBytes,
        full.chunks,
        full.done,
      ]);
    }
  }
  expect(abridged).toBeGreaterThan(RUNS / 4);
});
