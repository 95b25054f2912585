import type { FindingId, HoldKind, Verdict } from '../../../src/types.ts';
import type { ToolName } from '../tools.ts';
import type { RunningIntermediary } from './driver.ts';
import type { DriverId } from './index.ts';

const EXPERIMENT = '/.well-known/unclog/stream';

/** Streams of the origin that tell one way of holding from another. */
export const STREAMS = {
  small: `${EXPERIMENT}?events=20&interval=100ms`,
  /**
   * Longer, so that a beat of 200 ms shows in spite of a busy machine; 80 ms is no near fraction of it, so that a little
   * noise does not change which events leave together.
   */
  long: `${EXPERIMENT}?events=50&interval=80ms`,
  /** Compressible, and large enough for every compressor. */
  large: `${EXPERIMENT}?events=20&interval=100ms&size=600&fill=repeated`,
  /** The same, long enough for the beat of a timer to show. */
  largeLong: `${EXPERIMENT}?events=25&interval=80ms&size=600&fill=repeated`,
  /** More than the 16 KiB that a server collects before it encrypts, several times. */
  tls: `${EXPERIMENT}?events=60&interval=50ms&size=2000`,
  /** Slow enough to show a compressor that is one event behind. */
  slow: `${EXPERIMENT}?events=14&interval=300ms&size=600&fill=repeated`,
  /** So quick that a head which waits for the first event is hardly late. */
  quick: `${EXPERIMENT}?events=40&interval=50ms`,
  /** The first event comes 1.5 s after the head. */
  lateFirst: `${EXPERIMENT}?events=12&interval=100ms&first-delay=1500ms`,
  /** Silent for 4 s in the middle. */
  quiet: `${EXPERIMENT}?events=20&interval=100ms&quiet-after=10&quiet=4s`,
  /** No response head for 4 s. */
  lateHead: `${EXPERIMENT}?events=12&interval=100ms&head-delay=4s`,
} as const;

/**
 * What stands beside the product: another product with a file of this repository, or anything that is started with the
 * base URL of what lies nearer to the origin, and has a port of its own on 127.0.0.1.
 */
export type Stand =
  | { product: DriverId; config: string }
  | ((upstream: string) => Promise<RunningIntermediary>);

/** Changes the shipped text, e.g. so that a test need not wait for a minute. */
export type Edit = (text: string) => string;

/** A configuration that holds or cuts a stream, and what the probe says about it beside the origin. */
export interface Buffering {
  /** Name of the file. Default: `buffering.*`, `buffering-NAME.*` of the pair's. */
  file?: string;
  /** Of {@link STREAMS}, or any other below the origin. */
  path: string;
  verdict: Verdict;
  hold: { kind: HoldKind; periodMs?: readonly [least: number, most: number]; blockBytes?: number } | null;
  /** All findings of severity `error` about the product. */
  findings: readonly FindingId[];
  edit?: Edit;
  /** Findings of lesser severity that a plain measurement makes. Where there are no errors, the fixes are theirs. */
  warnings?: readonly FindingId[];
  /** What experiments find beside it. Default: none are made, since they take a while. */
  experiments?: readonly FindingId[];
  /**
   * Default: the first change that is offered is proven, stands in the passthrough file and not in this one. `later`: one
   * that comes later is (nothing in the answer tells that it is the one). `unproven`: the knowledge base has no line that
   * a file could have (say why in a comment).
   */
  fix?: 'later' | 'unproven';
  /** What the probe must name, at least `likely`. Default: the driver's id; null: nothing in the answer can tell. */
  product?: { id: string; confidence?: 'possible' } | null;
  /** Which of the `measured` of the knowledge base this shows; absent: its cures are not tried. */
  measured?: number;
}

/** A configuration that lets streams flow. What every one of them has to do is in {@link ../suite/passthrough.ts}. */
export interface Passthrough {
  /** Name of the file. Default: `passthrough.*`, `passthrough-NAME.*` of the pair's. */
  file?: string;
  /** Of a product that keeps the response head until a byte follows, whatever its settings. Default: it comes at once. */
  head?: 'with the first byte';
  /** Default: the path of the pair's buffering half. */
  path?: string;
  edit?: Edit;
  /** When the origin learns that a client left a quiet stream. Default: at once. */
  leaving?: 'at once' | 'with the next event';
  /** What ordinary answers must not lose: compression of a page, the second reader's answer out of the cache. */
  keeps?: readonly ('compression' | 'cache')[];
  /** Lowers the lines that decide how long a stream may be quiet to 2 s, and what then happens to a head that comes after 4 s. */
  timeouts?: { lower: Edit; lateHead: 'timed-out-before-head' | 'refused' | 'unreachable' };
}

/**
 * Two configurations of one product below `configs/<product>/`, the one as it goes wrong and the other as it goes right,
 * with what stands around the product.
 */
export interface Pair {
  /** '' for `buffering.*` and `passthrough.*`, otherwise the NAME of `buffering-NAME.*` and `passthrough-NAME.*`. */
  name: string;
  /** Between the origin and the product. Default: nothing. */
  behind?: Stand;
  /** Between the product and the client. Default: nothing. */
  inFront?: Stand;
  /** Beyond the products that the pair names, e.g. `openssl`. */
  needs?: readonly ToolName[];
  buffering: Buffering | null;
  passthrough: Passthrough | null;
}
