import { HTTPParser } from 'node:_http_common';
import { expect, it } from 'vitest';
import { ChunkScanner } from '../../src/http/chunk-scanner.ts';
import { createRandom, makeCuts } from './support/random.ts';

/** Every run is another body, cut in another way. UNCLOG_SCANNER_RUNS makes it millions, UNCLOG_SCANNER_SEED others. */
const RUNS = Number(process.env.UNCLOG_SCANNER_RUNS ?? 20_000);
const SEED = Number(process.env.UNCLOG_SCANNER_SEED ?? 1);

const EXTENSIONS = ['', '', '', '', ';a', ';a=b', ';a="x y"', ';a;b=c'];
const TRAILERS = ['', '', '', 'X-Sum: 1\r\n', 'A: b\r\nC:\r\n'];
const DAMAGE = '\r\n;0aF gz\0:\t"';

function makeBody(random: (below: number) => number): { body: Buffer; payload: string; isDamaged: boolean } {
  let text = '';
  let payload = '';
  for (let chunks = random(6); chunks > 0; chunks--) {
    let data = '';
    for (let bytes = 1 + random(30); bytes > 0; bytes--) data += String.fromCharCode(random(256));
    const hex = '0'.repeat(random(3)) + data.length.toString(16);
    text += `${random(2) ? hex.toUpperCase() : hex}${EXTENSIONS[random(EXTENSIONS.length)]}\r\n${data}\r\n`;
    payload += data;
  }
  text += `0${EXTENSIONS[random(EXTENSIONS.length)]}\r\n${TRAILERS[random(TRAILERS.length)]}\r\n`;
  const isDamaged = random(2) === 0;
  for (let edits = isDamaged ? 1 + random(2) : 0; edits > 0; edits--) {
    const at = random(text.length);
    const put = random(3) === 0 ? '' : (DAMAGE[random(DAMAGE.length)] as string);
    text = text.slice(0, at) + put + text.slice(at + random(2));
  }
  return { body: Buffer.from(text, 'latin1'), payload, isDamaged };
}

function scan(body: Buffer, cuts: number[]): { payload: string; done: boolean; used: number } {
  const scanner = new ChunkScanner('payload');
  let payload = '';
  let used = 0;
  for (let i = 0; i <= cuts.length && !scanner.done && scanner.fault === null; i++) {
    const piece = body.subarray(cuts[i - 1] ?? 0, cuts[i] ?? body.length);
    used += scanner.scan(piece, 0, piece.length);
    for (let s = 0; s < scanner.spanCount; s += 2)
      payload += piece.toString('latin1', scanner.spans[s], scanner.spans[s + 1]);
  }
  return { payload, done: scanner.done, used };
}

const HEAD = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');

/** Node's own parser (llhttp, strict) over the same pieces. */
function parse(body: Buffer, cuts: number[]): { payload: string; done: boolean } {
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.RESPONSE, {});
  let payload = '';
  let done = false;
  parser[HTTPParser.kOnHeaders | 0] = () => {};
  parser[HTTPParser.kOnHeadersComplete | 0] = () => 0;
  parser[HTTPParser.kOnBody | 0] = (piece: Buffer) => {
    payload += piece.toString('latin1');
  };
  parser[HTTPParser.kOnMessageComplete | 0] = () => {
    done = true;
  };
  parser.execute(HEAD);
  for (let i = 0; i <= cuts.length && !done; i++) {
    const piece = body.subarray(cuts[i - 1] ?? 0, cuts[i] ?? body.length);
    if (piece.length > 0 && parser.execute(Buffer.from(piece)) instanceof Error) break;
  }
  parser.free();
  return { payload, done };
}

it(
  "accepts nothing that Node's own parser refuses, and finds the same payload, however the body is cut",
  () => {
    const random = createRandom(SEED);
    const counts = { accepted: 0, refusedByBoth: 0, stricter: 0 };
    const startMs = performance.now();
    for (let run = 0; run < RUNS; run++) {
      const { body, payload, isDamaged } = makeBody(random);
      const cuts = makeCuts(random, body.length);
      const ours = scan(body, cuts);
      const theirs = parse(
        body.subarray(0, ours.done ? ours.used : body.length),
        cuts.filter((cut) => cut < ours.used || !ours.done),
      );
      const context = () =>
        `run ${run} of seed ${SEED}: ${JSON.stringify(body.toString('latin1'))} cut at ${cuts}`;
      // Plain conditions: `expect` costs more than both parsers.
      if (!isDamaged && (!ours.done || ours.payload !== payload))
        expect.fail(`valid, but refused: ${context()}`);
      if (ours.done && (!theirs.done || theirs.payload !== ours.payload))
        expect.fail(`read otherwise: ${context()}`);
      if (ours.done) counts.accepted++;
      else if (theirs.done) counts.stricter++;
      else counts.refusedByBoth++;
    }
    const seconds = (performance.now() - startMs) / 1_000;
    process.stdout.write(
      `scanner: ${RUNS} splittings (seed ${SEED}) in ${seconds.toFixed(1)} s; ${counts.accepted} read alike, ` +
        `${counts.refusedByBoth} whole to neither, ${counts.stricter} whole to Node's parser only\n`,
    );
    expect(counts.accepted).toBeGreaterThan(RUNS / 3);
    expect(counts.refusedByBoth + counts.stricter).toBeGreaterThan(RUNS / 10);
  },
  60_000 + RUNS,
);
