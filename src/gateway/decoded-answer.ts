import type { StreamDecoder } from './decode.ts';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { type PayloadWatcher, passPiece } from './payload-watcher.ts';

/** What a decoded answer needs of its relay. */
export interface DecodingRelay {
  readonly exchange: Exchange;
  /** Bytes put into the decoder so far. */
  readonly codedBytes: number;
  /** The client is behind. */
  readonly isPaused: boolean;
  /** The answer is to end at the next boundary. */
  readonly isEnding: boolean;
  sendPayload(payload: Buffer): void;
  /** Ends the answer here, where no event is begun. */
  endHere(): void;
  /** The decoder takes more. */
  resumeUpstream(): void;
  /** All that was put in has come out. */
  decoded(): void;
  fail(error: unknown): void;
}

/** Passes on what the decoder gives out, as it comes. */
export function passDecoded(
  relay: DecodingRelay,
  decoder: StreamDecoder,
  watcher: PayloadWatcher | null,
): void {
  decoder.transform
    .on('data', (payload: Buffer) => passPayload(relay, decoder, watcher, payload))
    .on('drain', () => {
      if (!relay.isPaused) relay.resumeUpstream();
    })
    .on('error', (error) => relay.fail(error))
    .on('end', () => {
      if (!relay.exchange.isSettled) relay.decoded();
    })
    .resume();
}

function passPayload(
  relay: DecodingRelay,
  decoder: StreamDecoder,
  watcher: PayloadWatcher | null,
  decoded: Buffer,
): void {
  if (relay.exchange.isSettled) return;
  if (decoder.isBomb(relay.codedBytes)) {
    relay.fail(new GatewayError('response-coding', 'decompression bomb'));
    return;
  }
  const end = look(relay, decoder, decoded);
  const piece = end === -1 ? decoded : decoded.subarray(0, end);
  const payload = watcher === null ? piece : passPiece(piece, watcher);
  if (payload.length > 0) relay.sendPayload(payload);
  if (end !== -1) relay.endHere();
  if (relay.isPaused) decoder.transform.pause();
}

/** Looks into decoded payload; returns where the answer is to end in it, or -1. */
function look({ exchange, isEnding }: DecodingRelay, decoder: StreamDecoder, payload: Buffer): number {
  const { watch } = exchange;
  if (!watch?.wantsMore) return -1;
  watch.begin(decoder.decodedBytes - payload.length, performance.now());
  watch.passed(decoder.decodedBytes);
  if (isEnding) return watch.find(payload, 0, payload.length);
  watch.look(payload, 0, Math.min(payload.length, watch.reach));
  return -1;
}
