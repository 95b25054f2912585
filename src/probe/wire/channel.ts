import type { RunClock } from '../clock.ts';
import type { Channel } from './answer-sink.ts';
import type { Dialled } from './dial.ts';
import { createHttp1Channel } from './http1-channel.ts';
import { createHttp2Channel } from './http2-channel.ts';

/** Speaks the protocol that was negotiated on a fresh connection. */
export function openChannel(dialled: Dialled, clock: RunClock): Channel {
  return dialled.httpVersion === '2'
    ? createHttp2Channel(dialled, clock)
    : createHttp1Channel(dialled, clock);
}
