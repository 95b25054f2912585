import { connect, type Socket } from 'node:net';
import type { RunningOrigin } from '../../src/origin/origin.ts';

/** A client that sees bytes, not messages. */
export interface RawClient {
  socket: Socket;
  /** What each read of the socket brought. */
  reads: Buffer[];
  text(): string;
  /** Resolves when the text so far matches; rejects when the connection closes before. */
  waitFor(pattern: RegExp): Promise<void>;
  /** Resolves with everything when the connection is closed; `hadError` tells a reset. */
  closed: Promise<{ text: string; hadError: boolean }>;
}

/** Sends `GET path HTTP/version` with these fields on a connection of its own. */
export function sendRaw(
  origin: Pick<RunningOrigin, 'address'>,
  path: string,
  { method = 'GET', version = '1.1', fields = [] as string[], body = '' } = {},
): RawClient {
  const socket = connect({ ...origin.address, noDelay: true });
  const reads: Buffer[] = [];
  const text = () => Buffer.concat(reads).toString();
  let isClosed = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  socket.on('data', (bytes) => {
    reads.push(bytes);
    wake();
  });
  socket.on('error', () => {});
  const closed = new Promise<{ text: string; hadError: boolean }>((resolve) => {
    socket.on('close', (hadError) => {
      isClosed = true;
      wake();
      resolve({ text: text(), hadError });
    });
  });
  const lines = [`${method} ${path} HTTP/${version}`, 'Host: origin.test', ...fields, '', body];
  socket.write(lines.join('\r\n'));
  return {
    socket,
    reads,
    text,
    closed,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(text())) resolve();
          else if (isClosed) reject(new Error(`closed before ${pattern}: ${text()}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Field names of a response head, in order. */
export function fieldNames(text: string): string[] {
  const lines = (text.split('\r\n\r\n', 1)[0] ?? '').split('\r\n').slice(1);
  return lines.map((line) => line.split(':', 1)[0] ?? '');
}

/** The numbers in the `id:` lines. */
export function ids(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
}
