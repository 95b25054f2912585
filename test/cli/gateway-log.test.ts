import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoggerInto } from '../../src/cli/gateway-log.ts';
import { createLogDestination } from '../../src/cli/log-destination.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  flush();
  vi.useRealTimers();
  ours.length = 0;
  theirs.length = 0;
});

/** What the gateway's logger wrote, and pino's own. */
const ours: string[] = [];
const theirs: string[] = [];
const loggers = [
  createLoggerInto(
    createLogDestination((lines) => ours.push(lines)),
    'info',
  ),
  pino({}, { write: (line) => theirs.push(line) }),
];
const flush = (): void => {
  vi.advanceTimersByTime(1_000);
};

const parsed = (writes: string[]): object[] =>
  writes
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a line is the one that pino makes', () => {
  it.each([
    ['of fields', { client: '127.0.0.1', status: 200, streamed: true, detail: null }],
    ['of no fields', {}],
    ['of fields that have no value', { client: undefined, status: 1 }],
    ['of numbers that JSON does not have', { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: -0 }],
    [
      'of what a hostile client sends',
      { path: '/"\\\n\r\u0000\u001b[31m\u2028\u007f', '"key"': '\ud83d\ude00' },
    ],
    ['of fields in fields', { hold: { atMs: [1, 2.5, null], of: { b: '"' } } }],
    ['of an error among the fields', { err: new TypeError('no'), path: '/' }],
    ['of a list', [1, 'b']],
  ])('%s', (_of, fields) => {
    for (const logger of loggers) {
      logger.info(fields, 'a "message"\n');
      logger.info('no fields');
      logger.info(fields);
      logger.info(fields, 'with %s', 'more');
    }
    flush();
    expect(ours.join('')).toBe(theirs.join(''));
    expect(parsed(ours)).toHaveLength(4);
  });

  it('of an error', () => {
    const error = new Error('no');
    for (const logger of loggers) logger.error(error, 'failed');
    flush();
    expect(ours).toEqual(theirs);
    expect(parsed(ours)).toMatchObject([{ err: { message: 'no' }, msg: 'failed' }]);
  });

  it('of any fields and any message', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' }));
    const value = fc.anything({
      key: text,
      values: [text, fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined)],
    });
    fc.assert(
      fc.property(fc.dictionary(text, value), text, (fields, message) => {
        for (const logger of loggers) logger.info(fields, message);
        flush();
        expect(parsed(ours)).toHaveLength(1);
        expect(ours.splice(0)).toEqual(theirs.splice(0));
      }),
      { numRuns: 1_000, seed: 7 },
    );
  });
});

it('a level that is too low says nothing, and one that changes acts', () => {
  for (const logger of loggers) {
    logger.level = 'warn';
    logger.info({ a: 1 }, 'no');
    logger.level = 'debug';
    logger.debug({ a: 1 }, 'yes');
    logger.level = 'info';
  }
  flush();
  expect(ours).toEqual(theirs);
  expect(parsed(ours)).toMatchObject([{ level: 20, msg: 'yes' }]);
});

it.each([
  ['fields', { a: 1 }],
  ['an error', { err: new Error('no') }],
])('a warning with %s does not wait', (_with, fields) => {
  const [logger] = loggers;
  logger?.info({ n: 1 }, 'first');
  logger?.info({ n: 2 }, 'second');
  expect(parsed(ours)).toHaveLength(1);
  logger?.warn(fields, 'now');
  expect(parsed(ours)).toHaveLength(3);
});
