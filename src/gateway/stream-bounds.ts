import type { Writable } from 'node:stream';

/** What is looked at of a stream. */
interface WatchedStream {
  /** Bytes that have come from the upstream. */
  payloadBytes: () => number;
  /** The client's connection. */
  readonly out: Writable;
}

/** Looks in each span of the time allowed. */
const LOOKS = 8;

/**
 * Calls `onIdle` when nothing has come from the upstream for `idleMs`, at most a quarter of that late. It looks at what is
 * counted anyway, so that reading costs nothing more. While the client does not read, the upstream is not read either,
 * and its silence says nothing. Returns a function that stops it.
 */
export function watchStream(stream: WatchedStream, idleMs: number, onIdle: () => void): () => void {
  let bytes = stream.payloadBytes();
  let sinceMs = performance.now();
  let last: NodeJS.Immediate | undefined;
  const isQuiet = (): boolean => {
    const seen = stream.payloadBytes();
    if (seen === bytes && !stream.out.writableNeedDrain) return true;
    bytes = seen;
    sinceMs = performance.now();
    return false;
  };
  const look = (): void => {
    if (!isQuiet() || performance.now() - sinceMs < idleMs - 1) return;
    // After a process that stood still, timers come before what has arrived meanwhile.
    last = setImmediate(() => {
      if (isQuiet()) onIdle();
    });
  };
  const timer = setInterval(look, Math.max(1, idleMs / LOOKS));
  return () => {
    clearInterval(timer);
    clearImmediate(last);
  };
}
