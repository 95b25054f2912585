import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createLogDestination, wholeWriteBytes } from '../../src/cli/log-destination.ts';
import { startCommand } from '../gateway/support/start-command.ts';

afterEach(() => {
  vi.useRealTimers();
});

function createLog(mostBytes?: number) {
  vi.useFakeTimers();
  const writes: string[] = [];
  const destination = createLogDestination((lines) => writes.push(lines), mostBytes);
  const logger = pino({ level: 'info', base: null, timestamp: false }, destination);
  return { logger, writes, said: () => writes.join('').match(/"msg":"(\w+)"/g)?.length ?? 0 };
}

it('a log line that comes alone is written at once, those that follow it closely are written together', () => {
  const { logger, writes } = createLog();
  logger.info('a');
  expect(writes).toEqual(['{"level":30,"msg":"a"}\n']);
  logger.info('b');
  logger.info('c');
  expect(writes).toHaveLength(1);
  vi.advanceTimersByTime(250);
  expect(writes).toEqual(['{"level":30,"msg":"a"}\n', '{"level":30,"msg":"b"}\n{"level":30,"msg":"c"}\n']);
  vi.advanceTimersByTime(250);
  logger.info('d');
  expect(writes).toHaveLength(3);
});

it('a warning takes with it what waits, in order', () => {
  const { logger, writes } = createLog();
  logger.info('a');
  logger.info('b');
  logger.warn('c');
  expect(writes.slice(1)).toEqual(['{"level":30,"msg":"b"}\n{"level":40,"msg":"c"}\n']);
});

it.each([
  { into: 'a pipe', mostBytes: undefined, within: 4_096, writesAtMost: 100 },
  { into: 'a file', mostBytes: 65_536, within: 65_536, writesAtMost: 10 },
])(
  'no write into $into is longer than it takes whole, and none cuts a line, unless one line is longer by itself',
  ({ mostBytes, within, writesAtMost }) => {
    const { logger, writes, said } = createLog(mostBytes);
    for (let n = 0; n < 500; n++) logger.info({ path: 'é'.repeat(n % 300) }, `n${n}`);
    logger.info({ path: 'x'.repeat(90_000) }, 'long');
    logger.info('last');
    logger.flush();
    expect(said()).toBe(502);
    expect(writes.length).toBeLessThan(writesAtMost);
    for (const lines of writes) {
      expect(lines.endsWith('\n')).toBe(true);
      if (!lines.includes('long')) expect(Buffer.byteLength(lines)).toBeLessThanOrEqual(within);
    }
  },
);

it('only a regular file takes more than a pipe at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = openSync(join(folder, 'log'), 'a');
  const device = openSync('/dev/null', 'w');
  try {
    expect([wholeWriteBytes(file), wholeWriteBytes(device)]).toEqual([65_536, 4_096]);
  } finally {
    closeSync(file);
    closeSync(device);
  }
});

it('no line of the log is lost when the gateway ends orderly', async () => {
  const { child, port, log } = await startCommand([
    '--upstream',
    'http://127.0.0.1:9',
    '--listen',
    '127.0.0.1:0',
  ]);
  const requests = 40;
  const statuses = Array.from(
    { length: requests },
    async () => (await fetch(`http://127.0.0.1:${port}/`)).status,
  );
  expect(new Set(await Promise.all(statuses))).toEqual(new Set([502]));
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  expect(await closed).toBe(0);
  expect(log().filter(({ msg }) => msg === 'exchange')).toHaveLength(requests);
  expect(log().at(-1)).toMatchObject({ msg: 'draining' });
});
