import { createParser } from 'eventsource-parser';
import { expect, it } from 'vitest';
import { EventLines } from '../../src/http/event-lines.ts';
import { readEventStream } from './support/event-oracle.ts';
import { createRandom, makeCuts } from './support/random.ts';

/** Every run is another stream, cut in another way. UNCLOG_HEARTBEAT_RUNS makes it a million, UNCLOG_HEARTBEAT_SEED others. */
const RUNS = Number(process.env.UNCLOG_HEARTBEAT_RUNS ?? 20_000);
const SEED = Number(process.env.UNCLOG_HEARTBEAT_SEED ?? 1);

type Random = (below: number) => number;

const pick = (random: Random, list: readonly string[]): string => list[random(list.length)] as string;

const LINES = [
  ...[
    'data: a',
    'data:b',
    'data',
    'data: ',
    'data: ü€😀',
    'data: a: b',
    'data:  x',
    ' data: x',
    'dat',
    'x: y',
  ],
  ...[
    'id: 1',
    'id',
    'id: \0',
    'event: e',
    'event',
    'retry: 10',
    'retry: x',
    ': c',
    ':',
    ':data: no',
    '\uFEFFdata: z',
  ],
  ...['data: 1', 'data: 2', 'data: 3', 'data: 4'],
  ...['', '', '', '', '', '', '', '', '', '', ''],
];
const ENDS = ['\n', '\n', '\r\n', '\r\n', '\r'];

/** A stream of mostly meaningful lines; one kind of line end, or all of them; now and then a mark, or noise. */
function makeStream(random: Random): Buffer {
  const own = random(3) === 0 ? null : pick(random, ENDS);
  let text = random(6) === 0 ? '\uFEFF' : '';
  for (let lines = random(16); lines > 0; lines--) {
    text += random(12) === 0 ? noise(random) : pick(random, LINES);
    text += own ?? pick(random, ENDS);
  }
  if (random(4) === 0) text += pick(random, LINES);
  if (random(20) === 0) text = `data: ${'long '.repeat(40 + random(40))}${text}`;
  return Buffer.from(text, 'utf8');
}

function noise(random: Random): string {
  let text = '';
  for (let length = random(12); length > 0; length--) text += pick(random, [...'\r\n\r\n: daüt€\0i\uFEFF']);
  return text;
}

/** The stream with a comment at each place that is said to be safe, or at some of them. */
function withComments(stream: Buffer, cuts: number[], random: Random) {
  // What a stream without stamps gets by with: enough for lines, and mostly not for events.
  const lines = random(2) === 0 ? new EventLines() : new EventLines(4);
  const out: Uint8Array[] = [];
  let comments = 0;
  let boundaries = 0;
  const all = random(2) === 0;
  const look = (passed: number): void => {
    if (lines.isBetweenEvents) {
      boundaries++;
      if (random(4) === 0) expectWholeEvents(stream, passed);
    }
    if (lines.isAtLineStart !== isLineStart(stream, passed))
      expect.fail(`said to be ${lines.isAtLineStart ? '' : 'un'}safe at ${passed} of ${show(stream)}`);
    if (lines.isAtStart || !lines.isAtLineStart || (!all && random(2) === 0)) return;
    for (let count = 1 + random(2); count > 0; count--) {
      out.push(Buffer.from(`: ${lines.lineEnd}`));
      lines.inserted();
      comments++;
    }
  };
  look(0);
  for (let i = 0; i <= cuts.length; i++) {
    const from = cuts[i - 1] ?? 0;
    const to = cuts[i] ?? stream.length;
    // As of an abridged read.
    if (from > 3 && from < to && random(8) === 0) lines.lose();
    lines.feed(stream, from, to);
    out.push(stream.subarray(from, to));
    look(to);
  }
  return { bytes: Buffer.concat(out), comments, boundaries };
}

/** By the definition: nothing yet, a whole byte order mark, or a line end in front. */
function isLineStart(stream: Buffer, at: number): boolean {
  const before = stream[at - 1];
  return (
    at === 0 ||
    before === 10 ||
    before === 13 ||
    (at === 3 && stream[0] === 0xef && stream[1] === 0xbb && before === 0xbf)
  );
}

/** An end of the stream here loses nothing: neither here nor in what a client reads behind it. */
function expectWholeEvents(stream: Buffer, at: number): void {
  const whole = readEventStream(stream).events;
  const first = readEventStream(stream.subarray(0, at)).events;
  const lf = stream[at - 1] === 13 && stream[at] === 10 ? 1 : 0;
  const second = readEventStream(stream.subarray(at + lf)).events;
  const strip = (events: typeof whole) => JSON.stringify(events.map(({ type, data }) => [type, data]));
  if (strip(whole) !== strip([...first, ...second]) && !/\uFEFF/.test(stream.toString()))
    expect.fail(`an event is cut at ${at} of ${show(stream)}`);
}

/** What eventsource-parser makes of it, in the same pieces; a closing event makes it read the last CR. */
function parse(bytes: Buffer, cuts: number[]): string {
  const seen: unknown[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => seen.push([id, event, data]),
    onRetry: (retry) => seen.push(retry),
  });
  // Decoded in one go: what a decoder makes of a byte order mark in pieces depends on the version of Node, and what the
  // parser makes of a second one on whether the first piece is empty.
  const text = new TextDecoder('utf-8').decode(Buffer.concat([bytes, Buffer.from('\ndata: end\n\n')]));
  for (let i = 0; i <= cuts.length; i++) {
    const piece = text.slice(cuts[i - 1] ?? 0, cuts[i] ?? text.length);
    if (piece !== '') parser.feed(piece);
  }
  return JSON.stringify(seen);
}

const show = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString());

it(
  'clients read the same events with comments at every safe place as without',
  () => {
    const random = createRandom(SEED);
    const counts = { comments: 0, events: 0, boundaries: 0 };
    const startMs = performance.now();
    for (let run = 0; run < RUNS; run++) {
      const stream = makeStream(random);
      const made = withComments(stream, makeCuts(random, stream.length), random);
      const without = readEventStream(stream);
      const context = () => `run ${run} of seed ${SEED}: ${show(stream)} became ${show(made.bytes)}`;
      if (JSON.stringify(readEventStream(made.bytes)) !== JSON.stringify(without))
        expect.fail(`other events to the standard: ${context()}`);
      if (parse(made.bytes, makeCuts(random, made.bytes.length)) !== parse(stream, []))
        expect.fail(`other events to eventsource-parser: ${context()}`);
      counts.comments += made.comments;
      counts.boundaries += made.boundaries;
      counts.events += without.events.length;
    }
    const seconds = (performance.now() - startMs) / 1_000;
    process.stdout.write(
      `heartbeats: ${RUNS} streams (seed ${SEED}) in ${seconds.toFixed(1)} s; ${counts.events} events, ` +
        `${counts.comments} comments, ${counts.boundaries} event boundaries\n`,
    );
    // Streams without events, or without room for comments, would prove nothing.
    expect(counts.events).toBeGreaterThan(RUNS / 2);
    expect(counts.comments).toBeGreaterThan(RUNS);
    expect(counts.boundaries).toBeGreaterThan(RUNS);
  },
  60_000 + RUNS,
);
