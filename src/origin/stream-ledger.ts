import type { IncomingMessage } from 'node:http';
import { clientAddress } from './client-address.ts';

export type StreamKind = 'steady' | 'story' | 'experiment' | 'lockstep';

/**
 * `complete`: all was sent; `client-left`: the client closed the connection; `cut`: broken off on purpose;
 * `stalled`: lockstep waited in vain; `stopped`: the origin was closed.
 */
export type StreamEndReason = 'complete' | 'client-left' | 'cut' | 'stalled' | 'stopped';

export interface StreamStart {
  /** Number of the stream in this process, from 1. */
  stream: number;
  kind: StreamKind;
  path: string;
  /** Address of the other end of the connection: the client's, or the nearest hop's. */
  remote: string;
  httpVersion: string;
}

export interface StreamEnd extends StreamStart {
  reason: StreamEndReason;
  /** Events handed to the socket. */
  events: number;
  durationMs: number;
}

/** Where the origin tells what happens; a pino logger fits. */
export interface OriginLogger {
  info(fields: object, message: string): void;
}

/** A stream being written down. */
interface LedgerEntry {
  countEvent(): void;
  close(reason: StreamEndReason): StreamEnd;
}

/** Keeps count of the open streams, tells listeners, and can stop them all. */
export interface StreamLedger {
  open(kind: StreamKind, request: IncomingMessage, stop: () => void): LedgerEntry;
  /** Open streams, of all clients or of the one with this address. */
  count(kind?: StreamKind, remote?: string): number;
  stopAll(): void;
  onStart(listener: (start: StreamStart) => void): () => void;
  onEnd(listener: (end: StreamEnd) => void): () => void;
}

const MESSAGES: Readonly<Record<StreamEndReason, string>> = {
  complete: 'stream complete',
  'client-left': 'client left',
  cut: 'stream cut off on request',
  stalled: 'lockstep stalled',
  stopped: 'stream stopped',
};

export function createStreamLedger(logger: OriginLogger | null): StreamLedger {
  const open = new Map<number, { start: StreamStart; stop: () => void }>();
  const startListeners = new Set<(start: StreamStart) => void>();
  const endListeners = new Set<(end: StreamEnd) => void>();
  let last = 0;

  return {
    open(kind, request, stop) {
      const startedAtMs = performance.now();
      const start: StreamStart = {
        stream: ++last,
        kind,
        path: (request.url ?? '').split('?', 1)[0] ?? '',
        remote: clientAddress(request),
        httpVersion: request.httpVersion,
      };
      let events = 0;
      open.set(start.stream, { start, stop });
      logger?.info(start, 'stream opened');
      for (const listener of startListeners) listener(start);
      return {
        countEvent: () => void events++,
        close(reason) {
          const durationMs = Math.round(performance.now() - startedAtMs);
          const end: StreamEnd = { ...start, reason, events, durationMs };
          open.delete(start.stream);
          logger?.info(end, MESSAGES[reason]);
          for (const listener of endListeners) listener(end);
          return end;
        },
      };
    },
    count(kind, remote) {
      if (kind === undefined) return open.size;
      let count = 0;
      for (const { start } of open.values()) {
        if (start.kind === kind && (remote === undefined || start.remote === remote)) count++;
      }
      return count;
    },
    stopAll() {
      for (const { stop } of [...open.values()]) stop();
    },
    onStart: (listener) => subscribe(startListeners, listener),
    onEnd: (listener) => subscribe(endListeners, listener),
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
