import type { HeaderList } from '../types.ts';
import type { BodyReader } from './body-reader.ts';
import { endOf, type WriteMode, wrapPiece } from './body-writer.ts';
import type { Exchange } from './exchange.ts';
import type { StreamWatch } from './stream-watch.ts';

/** What the end of a relayed answer needs of its relay. */
export interface EndingRelay {
  readonly exchange: Exchange;
  readonly reader: BodyReader;
  readonly ownTrailers: HeaderList;
  mode: WriteMode;
  /** Shows the watch what is payload in bytes that are about to be passed on. */
  look(watch: StreamWatch, buffer: Buffer, from: number, to: number): void;
  passBody(buffer: Buffer, from: number, to: number): void;
  /** The answer is whole. */
  finish(): void;
}

/** Passes on what comes before the next boundary, and ends there. The client's framing is ours as soon as it can be. */
export function passToBoundary(
  relay: EndingRelay,
  farewell: string,
  buffer: Buffer,
  from: number,
  to: number,
): void {
  const { exchange, reader } = relay;
  const { watch } = exchange;
  if (watch === null) return;
  let at = from;
  if (relay.mode === 'framed' && !reader.isBetweenChunks) {
    at = Math.min(to, from + (reader.restOfChunk || to - from));
    relay.look(watch, buffer, from, at);
    relay.passBody(buffer, from, at);
    if (exchange.isSettled || !reader.isBetweenChunks) return;
    if (watch.boundary.isHere) endHere(relay, farewell);
  }
  if (relay.mode === 'framed') {
    reader.dropFraming();
    relay.mode = 'wrap';
  }
  while (at < to && !exchange.isSettled) {
    const { spans, spanCount } = reader.peek(buffer, at, to);
    const end = spanCount === 0 ? -1 : watch.find(buffer, spans[0] as number, spans[1] as number);
    const next = end === -1 ? (spanCount > 2 ? (spans[1] as number) : to) : end;
    relay.passBody(buffer, at, next);
    at = next;
    if (end !== -1) endHere(relay, farewell);
  }
}

/** Ends the answer where no event is begun. */
export function endHere(relay: EndingRelay, farewell: string): void {
  const { exchange, mode } = relay;
  if (exchange.isSettled) return;
  const { out, watch } = exchange;
  const last = Buffer.from(`${watch?.boundary.lastWord ?? ''}${farewell}`);
  const isChunked = mode !== 'plain';
  if (last.length > 0) out.write(isChunked ? wrapPiece(last) : last);
  if (isChunked) out.write(endOf('wrap', relay.ownTrailers), 'latin1');
  relay.finish();
}
