import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBoundary } from '../../src/gateway/event-boundary.ts';

/** Texts in which every kind of line, line end and emptiness meets every other. */
const streamText = fc
  .array(
    fc.constantFrom(
      ...[
        '\n',
        '\r',
        '\r\n',
        '\n\n',
        ':',
        ': ping',
        'data',
        'data:',
        'data: a',
        'id: 1',
        'é',
        ' ',
        'event: x',
        'retry: 1',
      ],
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** Cuts bytes at random places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end));
}

/**
 * The same, said in another way: lines by a regular expression; a place is a boundary when all before it are whole
 * lines and no field stands behind the last empty one.
 */
function isBoundary(text: string): boolean {
  if (text === '') return true;
  if (!/[\r\n]$/.test(text)) return false;
  const lines = text.split(/\r\n|\r|\n/).slice(0, -1);
  const open = lines.slice(lines.lastIndexOf('') + 1);
  return open.every((line) => line.startsWith(':'));
}

describe('EventBoundary', () => {
  it('is at a boundary exactly where no event is begun, however the bytes are cut', () => {
    fc.assert(
      fc.property(streamText, fc.array(fc.nat(), { maxLength: 6 }), (text, places) => {
        const bytes = Buffer.from(text);
        const boundary = new EventBoundary('events');
        let at = 0;
        for (const piece of cut(bytes, places)) {
          boundary.pass(piece, 0, piece.length);
          at += piece.length;
          const before = bytes.subarray(0, at).toString('latin1');
          expect(boundary.isHere).toBe(isBoundary(before));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('never ends a stream where a parser would lose an event: what came before it gives the same events', () => {
    fc.assert(
      fc.property(
        streamText,
        fc.nat({ max: 60 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (text, from, places) => {
          const bytes = Buffer.from(text);
          const boundary = new EventBoundary('events');
          const start = Math.min(from, bytes.length);
          boundary.pass(bytes, 0, start);
          let at = start;
          let end = -1;
          for (const piece of cut(bytes.subarray(start), places)) {
            const found = boundary.find(piece, 0, piece.length);
            if (found !== -1) {
              end = at + found;
              break;
            }
            at += piece.length;
          }
          if (end === -1) return;
          const sent = `${bytes.subarray(0, end)}${boundary.lastWord}`;
          const [whole, head] = [parse(/\r$/.test(text) ? `${text}\n` : text), parse(sent)];
          expect(whole.slice(0, head.length)).toEqual(head);
          // Nothing that was begun before the end is missing: a parser that goes on with an empty line has no more to say.
          expect(parse(`${sent}\n\n`)).toEqual(head);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('that has lost its place claims no boundary that is none', () => {
    fc.assert(
      fc.property(streamText, fc.nat({ max: 60 }), (text, skipped) => {
        const bytes = Buffer.from(text);
        const boundary = new EventBoundary('events');
        const from = Math.min(skipped, bytes.length);
        boundary.lose();
        for (let i = from; i < bytes.length; i++) {
          boundary.pass(bytes, i, i + 1);
          if (boundary.isHere) expect(isBoundary(bytes.subarray(0, i + 1).toString('latin1'))).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('counts events as they end, and lines that are not empty', () => {
    const events = new EventBoundary('events');
    const text = Buffer.from(': hello\n\n\ndata: a\ndata: b\n\nid: 1\r\n\r\n: ping\rdata: c\r\r');
    events.pass(text, 0, text.length);
    expect(events.events).toBe(3);
    const lines = new EventBoundary('lines');
    lines.pass(Buffer.from('{}\n\n{"a":1}\r\n{'), 0, 14);
    expect([lines.events, lines.isHere]).toEqual([2, false]);
  });

  it('finds the end of a line where a body is made of lines', () => {
    const lines = new EventBoundary('lines');
    const text = Buffer.from('{"a":1}\n{"b":2}\n');
    expect(lines.find(text, 0, 4)).toBe(-1);
    expect(lines.find(text, 4, text.length)).toBe(8);
    expect(lines.isHere).toBe(true);
  });
});

function parse(text: string): unknown[] {
  const events: unknown[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event), onError: () => {} });
  parser.feed(text);
  return events;
}
