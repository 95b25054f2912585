import { afterEach, describe, expect, it } from 'vitest';
import type { EndReason, Observation } from '../../../src/types.ts';
import { bodyOf, faultsOf, observeOnce } from '../../support/observe-once.ts';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  EVENT_STREAM_HEAD,
  fieldBlock,
  frame,
  GOAWAY,
  HEADERS,
  PADDED,
  RST_STREAM,
  startRawHttp2,
} from '../../support/raw-http2.ts';

const EVENT = 'data: one\n\n';
const code = (value: number): Buffer => Buffer.of(0, 0, 0, value);
const headWith = (...fields: [string, string][]): Buffer =>
  frame(
    HEADERS,
    END_HEADERS,
    1,
    fieldBlock([[':status', '200'], ['content-type', 'text/event-stream'], ...fields]),
  );

let server: Awaited<ReturnType<typeof startRawHttp2>> | undefined;
afterEach(() => server?.close());

async function observeFrames(pieces: Buffer[], { cut = 0, closes = false } = {}): Promise<Observation> {
  const bytes = Buffer.concat(pieces);
  server = await startRawHttp2((socket) => {
    if (cut === 0) socket.write(bytes);
    for (let at = 0; cut > 0 && at < bytes.length; at += cut)
      setTimeout(() => socket.write(bytes.subarray(at, at + cut)), at);
    if (closes) setTimeout(() => socket.end(), bytes.length + 50);
  });
  return observeOnce(`http://127.0.0.1:${server.port}/`, {
    httpVersion: '2-prior-knowledge',
    waitFirstMs: 3_000,
    durationMs: 3_000,
  });
}

describe('how an HTTP/2 answer ended is told as it was', () => {
  const cases: [
    what: string,
    pieces: Buffer[],
    reason: EndReason,
    detail: RegExp | null,
    faults?: string[],
  ][] = [
    ['ended', [EVENT_STREAM_HEAD, frame(DATA, END_STREAM, 1, EVENT)], 'complete', null],
    [
      'ended by an empty frame',
      [EVENT_STREAM_HEAD, frame(DATA, 0, 1, EVENT), frame(DATA, END_STREAM, 1)],
      'complete',
      null,
    ],
    [
      'ended by trailers',
      [
        EVENT_STREAM_HEAD,
        frame(DATA, 0, 1, EVENT),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, fieldBlock([['x-end', 'yes']])),
      ],
      'complete',
      null,
    ],
    [
      'reset',
      [EVENT_STREAM_HEAD, frame(DATA, 0, 1, EVENT), frame(RST_STREAM, 0, 1, code(2))],
      'reset',
      /INTERNAL_ERROR/,
    ],
    [
      'reset without an error, in the middle',
      [EVENT_STREAM_HEAD, frame(DATA, 0, 1, EVENT), frame(RST_STREAM, 0, 1, code(0))],
      'reset',
      /NO_ERROR/,
    ],
    [
      'ended, and then reset since the request is of no more interest',
      [EVENT_STREAM_HEAD, frame(DATA, END_STREAM, 1, EVENT), frame(RST_STREAM, 0, 1, code(0))],
      'complete',
      null,
    ],
  ];
  it.each(cases)('%s', async (_what, pieces, reason, detail, faults = []) => {
    const observation = await observeFrames(pieces);
    expect(observation.end?.reason).toBe(reason);
    if (detail === null) expect(observation.end?.detail).toBeNull();
    else expect(observation.end?.detail).toMatch(detail);
    expect(bodyOf(observation)).toBe(EVENT);
    expect(faultsOf(observation)).toEqual(faults);
  });

  it('the connection is closed in the middle', async () => {
    const { end } = await observeFrames([EVENT_STREAM_HEAD, frame(DATA, 0, 1, EVENT)], { closes: true });
    expect(end?.reason).toBe('truncated');
  });

  it('the server says that it goes away, and does', async () => {
    const away = frame(GOAWAY, 0, 0, Buffer.concat([code(1), code(11)]));
    const { end } = await observeFrames([EVENT_STREAM_HEAD, frame(DATA, 0, 1, EVENT), away], {
      closes: true,
    });
    expect(end?.reason).toBe('truncated');
    expect(end?.detail).toMatch(/GOAWAY ENHANCE_YOUR_CALM/);
  });

  it('fewer bytes came than were promised', async () => {
    const observation = await observeFrames([
      headWith(['content-length', '20']),
      frame(DATA, END_STREAM, 1, EVENT),
    ]);
    expect(observation.end?.reason).toBe('truncated');
    expect(faultsOf(observation)).toEqual(['content-length']);
  });

  it('nothing but a refusal', async () => {
    const { error } = await observeFrames([frame(RST_STREAM, 0, 1, code(7))]);
    expect(error).toMatchObject({ phase: 'head' });
    expect(error?.message).toContain('REFUSED_STREAM');
  });
});

it('padding is told apart from the bytes of a frame, wherever reads cut it', async () => {
  const padded = frame(DATA, PADDED, 1, Buffer.concat([Buffer.of(5), Buffer.from(EVENT), Buffer.alloc(5)]));
  const observation = await observeFrames(
    [headWith(['x-a', '1'], ['X-B'.toLowerCase(), '2']), padded, frame(DATA, END_STREAM, 1, EVENT)],
    {
      cut: 7,
    },
  );
  expect(bodyOf(observation)).toBe(EVENT + EVENT);
  expect(observation.wire?.frames.map(({ bytes, paddingBytes }) => [bytes, paddingBytes])).toEqual([
    [EVENT.length, 6],
    [EVENT.length, undefined],
  ]);
  expect(observation.response?.headers.slice(1)).toEqual([
    ['x-a', '1'],
    ['x-b', '2'],
  ]);
  expect(observation.wire?.headBytes).toBe(headWith(['x-a', '1'], ['x-b', '2']).length - 9);
});
