import type { AnswerHead, AnswerSink, Channel, WireRequest } from './answer-sink.ts';

/** A whole answer that was short enough to be kept. */
export interface ShortAnswer {
  head: AnswerHead;
  body: Buffer;
}

/** When to give up on an answer, and what else to tell. */
export interface ShortAnswerLimits {
  signal: AbortSignal;
  mostBytes: number;
  /** The request has gone. Not called where the answer is there before the system says so, as on a fast path. */
  onSent?: (atMs: number) => void;
}

/**
 * Sends a request and reads its answer to the end. Null for one that fails, breaks off or is longer than `mostBytes`, and
 * when `signal` ends the wait; the channel is closed then.
 */
export function exchangeShortly(
  channel: Channel,
  request: WireRequest,
  { signal, mostBytes, onSent }: ShortAnswerLimits,
): Promise<ShortAnswer | null> {
  return new Promise((resolve) => {
    let head: AnswerHead | null = null;
    let bytes = 0;
    const pieces: Buffer[] = [];
    const finish = (answer: ShortAnswer | null): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const giveUp = (): void => {
      channel.close();
      finish(null);
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    const nothing = (): void => {};
    const sink: AnswerSink = {
      onRead: () => 0,
      onInterim: nothing,
      onChunk: nothing,
      onFrame: nothing,
      onTrailers: nothing,
      onFault: nothing,
      onHead: (answer) => {
        head = answer;
      },
      onBody: (piece) => {
        pieces.push(Buffer.from(piece));
        bytes += piece.length;
        if (bytes > mostBytes) giveUp();
      },
      onEnd: (reason) => {
        const whole = reason === 'complete' || reason === 'closed';
        finish(head !== null && whole ? { head, body: Buffer.concat(pieces) } : null);
      },
      onFail: () => finish(null),
    };
    channel.exchange(request, sink, (atMs) => head === null && onSent?.(atMs));
  });
}
