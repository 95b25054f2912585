import type { RunClock } from '../clock.ts';
import type { AnswerSink, WireRequest } from './answer-sink.ts';
import type { Dialled } from './dial.ts';
import { createHttp1Channel } from './http1-channel.ts';
import { createHttp2Channel } from './http2-channel.ts';

/** A connection that carries one exchange after the other. */
export interface Channel {
  /** True as long as another exchange may be begun. */
  readonly usable: boolean;
  /**
   * Sends a request; not before the answer to the one before has ended.
   *
   * @param onSent called with the time at which its last byte was handed to the system
   */
  exchange(request: WireRequest, sink: AnswerSink, onSent: (atMs: number) => void): void;
  /** Drops the connection; the sink hears nothing more. */
  close(): void;
}

/** Speaks the protocol that was negotiated on a fresh connection. */
export function openChannel(dialled: Dialled, clock: RunClock): Channel {
  return dialled.httpVersion === '2' ? createHttp2Channel(dialled, clock) : createHttp1Channel(dialled, clock);
}
