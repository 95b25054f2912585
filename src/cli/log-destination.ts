import { fstatSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';

/** Lines wait for others so long at most, in milliseconds. */
const FLUSH_AFTER_MS = 250;
/** What a pipe takes whole (POSIX `PIPE_BUF` on Linux): lines of several processes that share one never mix. */
const PIPE_BYTES = 4_096;
/** A regular file takes every write whole (POSIX.1-2017, `write`); a write has a price of its own. */
const FILE_BYTES = 65_536;
const WARN = pino.levels.values.warn ?? 40;

/** Takes the lines of one log. */
export interface LogDestination extends DestinationStream {
  /** Takes a line of this level, as pino counts them. */
  writeAt(level: number, line: string): void;
  /** Writes what waits, at once. */
  flush(): void;
}

/** How many bytes can be written at once to what may have other writers, in bytes. */
export function wholeWriteBytes(fd: number): number {
  return fstatSync(fd).isFile() ? FILE_BYTES : PIPE_BYTES;
}

/**
 * Where the log goes: a line that comes alone is written at once, of many the next ones wait for each other, since a
 * write costs as much as the rest of a line. Warnings and errors never wait, nor does anything when the process ends.
 * @param sink gets one or several whole lines at a time
 * @param mostBytes it gets at a time, but for a line that is longer by itself
 */
export function createLogDestination(sink: (lines: string) => void, mostBytes = PIPE_BYTES): LogDestination {
  let waiting = '';
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (waiting === '') return;
    const lines = waiting;
    waiting = '';
    waitingBytes = 0;
    sink(lines);
  };
  const arm = (): void => {
    timer = setTimeout(() => {
      timer = null;
      if (waiting === '') return;
      flush();
      arm();
    }, FLUSH_AFTER_MS).unref();
  };
  process.on('exit', flush);

  const destination = {
    // Asks pino to set the level of each line before it is written.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    flush,
    write(line: string): void {
      destination.writeAt(destination.lastLevel, line);
    },
    writeAt(level: number, line: string): void {
      const bytes = Buffer.byteLength(line);
      if (waitingBytes + bytes > mostBytes) flush();
      waiting += line;
      waitingBytes += bytes;
      if (timer !== null && level < WARN) return;
      flush();
      if (timer === null) arm();
    },
  };
  return destination;
}
