import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { RequestFraming } from './request-head.ts';

/** Callbacks of {@link pumpRequestBody}. */
export interface PumpEvents {
  /** A piece went on, or the body ended. */
  onProgress(): void;
  /** The body has been sent whole. */
  onSent(): void;
  /** Nothing moved for the time given: the upstream does not read, or the client does not send. */
  onStalled(side: 'upstream' | 'client'): void;
}

/**
 * Sends a request body on as it comes: each piece in the turn in which it arrived, no more read from the client than
 * the upstream takes. Chunked bodies are chunked again, without extensions and trailers.
 *
 * While the upstream does not take the body nothing is read from the client, so its leaving cannot be seen; what
 * bounds that is the socket's buffer and `idleMs`. Returns a function that stops the pump.
 */
export function pumpRequestBody(
  body: Readable,
  framing: RequestFraming,
  upstream: Socket,
  idleMs: number,
  events: PumpEvents,
): (what: 'stop' | 'client-may-wait') => void {
  if (framing.kind === 'none') {
    body.resume();
    return () => {};
  }
  const chunked = framing.kind === 'chunked';
  let blocked = false;
  let clientMayWait = false;
  const idle = setTimeout(() => {
    if (blocked || !clientMayWait) events.onStalled(blocked ? 'upstream' : 'client');
  }, idleMs);

  const onData = (piece: Buffer): void => {
    idle.refresh();
    events.onProgress();
    if (chunked) {
      upstream.cork();
      upstream.write(`${piece.length.toString(16)}\r\n`, 'latin1');
    }
    upstream.write(piece);
    if (chunked) {
      upstream.write('\r\n', 'latin1');
      upstream.uncork();
    }
    if (upstream.writableNeedDrain) {
      blocked = true;
      body.pause();
    }
  };
  const onDrain = (): void => {
    idle.refresh();
    blocked = false;
    body.resume();
  };
  const onEnd = (): void => {
    stop();
    events.onSent();
    events.onProgress();
    if (chunked) upstream.write('0\r\n\r\n', 'latin1');
  };
  const stop = (): void => {
    clearTimeout(idle);
    body.off('data', onData).off('end', onEnd);
    upstream.off('drain', onDrain);
  };
  body.on('data', onData).on('end', onEnd);
  upstream.on('drain', onDrain);
  return (what) => {
    if (what === 'stop') stop();
    else clientMayWait = true;
  };
}
