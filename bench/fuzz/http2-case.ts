import { FLAG, FRAME, frame, headerBlock, number, PREFACE } from './http2-wire.ts';
import type { SeenRequest } from './lenient-reader.ts';
import { STAMP } from './profile.ts';
import type { Random } from './random.ts';

/** What an HTTP/2 client sends: frames that are right or wrong, around requests whose method and target stay as they are. */
export interface Http2Bytes {
  /** Latin-1. */
  pieces: string[];
  requests: SeenRequest[];
}

type Field = readonly [name: string, value: string];

const HOSTILE_FIELDS: readonly Field[] = [
  ['transfer-encoding', 'chunked'],
  ['connection', 'close'],
  ['keep-alive', 'timeout=5'],
  ['upgrade', 'h2c'],
  ['te', 'gzip'],
  ['te', 'trailers'],
  ['host', 'other'],
  ['content-length', '5'],
  ['content-length', '0'],
  ['content-length', '+5'],
  ['X-Upper', 'a'],
  ['x-a', 'b\r\nX-B: c'],
  ['x-a', 'b\nX-B: c'],
  ['x-a', 'b\0c'],
  ['x a', 'b'],
  ['x-a:', 'b'],
  ['', 'b'],
  [':path', '/smuggled/x'],
  [':status', '200'],
  [':protocol', 'websocket'],
  [':authority', 'other'],
  ['proxy', 'evil'],
  ['proxy-authorization', 'evil'],
  ['x-forwarded-for', '6.6.6.6'],
  ['x_forwarded_for', '6.6.6.6'],
  ['forwarded', 'for=6.6.6.6'],
  ['http2-settings', 'AAA'],
  ['expect', '100-continue'],
  ['cookie', 'a=b'],
  ['cookie', 'c=d'],
  ['accept', 'text/event-stream'],
  ['unclog-stamp', STAMP],
  ['x-session', '7'],
  ['x-long', 'b'.repeat(20_000)],
];

const SETTINGS: readonly string[] = [
  '',
  number(1, 2) + number(0, 4),
  number(1, 2) + number(2 ** 32 - 1, 4),
  number(4, 2) + number(0, 4),
  number(4, 2) + number(1, 4),
  number(4, 2) + number(2 ** 31 - 1, 4),
  number(4, 2) + number(2 ** 31, 4),
  number(5, 2) + number(1, 4),
  number(8, 2) + number(1, 4),
  number(0xfff, 2) + number(7, 4),
];

/** @param targets what is asked for, one stream each */
export function drawHttp2(random: Random, targets: readonly string[], body: string): Http2Bytes {
  const requests: SeenRequest[] = [];
  const frames = [PREFACE + frame(FRAME.settings, 0, 0, random.percent(70) ? '' : random.pick(SETTINGS))];
  for (const [i, target] of targets.entries()) {
    const id = random.percent(95) ? 2 * i + 1 : random.int(9);
    const method = random.pick(['GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE']);
    const hasBody = method !== 'GET' && random.percent(80);
    if (random.percent(20)) frames.push(drawNoise(random, id));
    frames.push(drawHead(random, id, method, target, hasBody ? body : null));
    if (random.percent(20)) frames.push(drawNoise(random, id));
    if (hasBody) frames.push(...drawBody(random, id, body));
    requests.push({ line: '', method, target, fields: [], body: hasBody ? body : '' });
  }
  if (random.percent(20)) frames.push(drawNoise(random, 1));
  const cutAt = random.percent(15) ? random.int(40) : 0;
  const last = frames.pop() ?? '';
  return { pieces: [...frames, last.slice(0, Math.max(0, last.length - cutAt))], requests };
}

function drawHead(random: Random, id: number, method: string, target: string, body: string | null): string {
  const extra = random.percent(50)
    ? Array.from({ length: 1 + random.int(2) }, () => random.pick(HOSTILE_FIELDS))
    : [];
  const length: Field[] =
    body !== null && random.percent(50) ? [['content-length', String(body.length)]] : [];
  const fields: Field[] = [
    [':method', method],
    [':scheme', random.percent(95) ? 'https' : 'x'],
    [':path', target],
    ...(random.percent(95) ? ([[':authority', random.pick(['a', 'a:80', 'u@a', 'a b'])]] as Field[]) : []),
    ...length,
  ];
  for (const field of extra) fields.splice(random.int(3) === 0 ? 3 : fields.length, 0, field);
  const block = headerBlock(fields);
  const end = body === null ? FLAG.endStream : 0;
  // A block longer than a frame may be has to be continued; others may.
  const pieces = block.length > 16_384 ? [16_384] : random.percent(10) ? [random.int(block.length)] : [];
  const [at = block.length] = pieces;
  if (at === block.length) return frame(FRAME.headers, end | FLAG.endHeaders, id, block);
  const rest = frame(FRAME.continuation, random.percent(95) ? FLAG.endHeaders : 0, id, block.slice(at));
  return frame(FRAME.headers, end, id, block.slice(0, at)) + rest;
}

function drawBody(random: Random, id: number, body: string): string[] {
  const at = random.int(body.length + 1);
  const end = random.percent(90) ? FLAG.endStream : 0;
  const last = random.percent(20)
    ? frame(FRAME.data, end | FLAG.padded, id, `${number(7, 1)}${body.slice(at)}${'\0'.repeat(7)}`)
    : frame(FRAME.data, end, id, body.slice(at));
  const tail = random.pick([
    '',
    '',
    frame(FRAME.reset, 0, id, number(8, 4)),
    frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, id, headerBlock([['x-trailer', 'a']])),
    // Without an end before it, this would be part of the body.
    ...(end === 0 ? [] : [frame(FRAME.data, FLAG.endStream, id, 'behind the end')]),
  ]);
  return [frame(FRAME.data, 0, id, body.slice(0, at)), last + tail];
}

/** A frame that nobody needs. */
function drawNoise(random: Random, id: number): string {
  const bytes = (count: number) =>
    Array.from({ length: count }, () => String.fromCharCode(random.int(256))).join('');
  return random.pick([
    () => frame(FRAME.ping, 0, 0, bytes(8)),
    () => frame(FRAME.ping, 0, 0, bytes(7)).repeat(1 + random.int(5)),
    () => frame(FRAME.ping, FLAG.ack, 0, bytes(8)),
    () => frame(FRAME.settings, FLAG.ack, 0),
    () => frame(FRAME.settings, 0, 0, random.pick(SETTINGS)).repeat(1 + random.int(20)),
    () => frame(FRAME.settings, 0, 0, bytes(5)),
    () => frame(FRAME.window, 0, random.pick([0, id]), number(random.pick([0, 1, 2 ** 31 - 1]), 4)),
    () => frame(FRAME.priority, 0, id, number(id, 4) + bytes(1)),
    () => frame(FRAME.reset, 0, random.pick([id, 99]), number(random.int(20), 4)),
    () => frame(FRAME.goAway, 0, 0, number(0, 4) + number(random.int(20), 4)),
    () => frame(FRAME.push, FLAG.endHeaders, id, number(2, 4)),
    () => frame(FRAME.data, 0, random.pick([0, 98, 99]), bytes(random.int(30))),
    () => frame(FRAME.continuation, FLAG.endHeaders, id, bytes(3)),
    () => frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 97, bytes(1 + random.int(30))),
    () => frame(42, random.int(256), id, bytes(random.int(30))),
    () => number(random.int(2 ** 24), 3) + bytes(6 + random.int(30)),
  ])();
}
