import type { HeaderList } from '../../src/types.ts';

/** One way of sending the same events: a column of the matrix. */
export interface StreamPlan {
  title: string;
  /** Query of the origin's experiment stream. */
  query: string;
  /** What the client says it can decode. */
  accepts: 'identity' | 'gzip';
  /** How long the stream lasts. */
  lastsMs: number;
}

const SMALL = 'events=20&interval=100ms';
/** Enough for a block of 32 KiB and something after it. */
const LARGE = 'events=24&interval=100ms&size=2000';

/** Every stream sends stamped events; 40 B of data where nothing else is said. */
export const STREAMS = {
  small: { title: '20 events of 40 B, 100 ms apart', query: SMALL, accepts: 'identity', lastsMs: 2_000 },
  'opt-out': {
    title: 'the same, with X-Accel-Buffering: no',
    query: `${SMALL}&opt-out=x-accel-buffering`,
    accepts: 'identity',
    lastsMs: 2_000,
  },
  gzip: {
    title: 'the same, for a client that accepts gzip',
    query: SMALL,
    accepts: 'gzip',
    lastsMs: 2_000,
  },
  'no-transform': {
    title: 'the same, for a client that accepts gzip, with Cache-Control: no-transform',
    query: `${SMALL}&opt-out=no-transform`,
    accepts: 'gzip',
    lastsMs: 2_000,
  },
  large: {
    title: '24 events of 2000 B that hardly compress, 100 ms apart',
    query: LARGE,
    accepts: 'identity',
    lastsMs: 2_400,
  },
  'large-gzip': {
    title: '24 compressible events of 2000 B, 100 ms apart, for a client that accepts gzip',
    query: `${LARGE}&fill=repeated`,
    accepts: 'gzip',
    lastsMs: 2_400,
  },
  'slow-gzip': {
    title: '8 compressible events of 600 B, 300 ms apart, for a client that accepts gzip',
    query: 'events=8&interval=300ms&size=600&fill=repeated',
    accepts: 'gzip',
    lastsMs: 2_400,
  },
  late: {
    title: 'the head at once, the first event after 2 s, then 12 events 50 ms apart',
    query: 'events=12&interval=50ms&first-delay=2s',
    accepts: 'identity',
    lastsMs: 2_550,
  },
  'late-opt-out': {
    title: 'the same, with X-Accel-Buffering: no',
    query: 'events=12&interval=50ms&first-delay=2s&opt-out=x-accel-buffering',
    accepts: 'identity',
    lastsMs: 2_550,
  },
  close: {
    title: '20 events of 40 B, an answer that ends by closing',
    query: `${SMALL}&framing=close`,
    accepts: 'identity',
    lastsMs: 2_000,
  },
} satisfies Record<string, StreamPlan>;

export type StreamId = keyof typeof STREAMS;
export const STREAM_IDS = Object.keys(STREAMS) as StreamId[];

/** The path of a stream. A prefix of its own for every request, so that no cache between can answer from another run. */
export function streamPath(id: StreamId, prefix: string): string {
  return `/stream/${prefix}/.well-known/unclog/stream?${STREAMS[id].query}`;
}

/** Request fields of a client of this stream, over the probe's own. */
export function clientFields(id: StreamId): HeaderList {
  return [['Accept-Encoding', STREAMS[id].accepts]];
}
