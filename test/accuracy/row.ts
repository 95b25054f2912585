import type { ProbeOptions } from '../../src/probe/run-probe.ts';
import type { DetectedIntermediary, FindingId, HoldKind, Verdict } from '../../src/types.ts';
import type { DriverId } from '../support/drivers/index.ts';
import type { RunningIntermediary } from '../support/drivers/launch.ts';
import { STREAM_IDS, type StreamId } from './streams.ts';

/** A real product with a configuration of this repository. */
export interface RealHop {
  name: string;
  driver: DriverId;
  /** Path of the configuration from the repository's root. */
  config: string;
}

/** A hop that behaves like something that cannot be installed. */
export interface SimulatedHop {
  name: string;
  start(upstream: string): Promise<RunningIntermediary>;
}

export type Hop = RealHop | SimulatedHop;

/** What the probe should say about one hop and stream. */
export interface Expected {
  verdict: Verdict;
  /** The right kinds of hold, the best name first; null: none. */
  kinds: readonly HoldKind[] | null;
  blockBytes?: number;
  /** From, to. */
  periodMs?: readonly [number, number];
  /** Findings that must be there, beside a nearer hop and alone. */
  findings?: readonly FindingId[];
  /** Findings that only a nearer hop can show. */
  besideFindings?: readonly FindingId[];
  /** Part of the first change offered for this product; overrides the row's. */
  fix?: string;
  /** Overrides the row's. */
  product?: ExpectedProduct;
}

export type Confidence = DetectedIntermediary['confidence'];

/** Which product should be named, and how surely at least. */
export interface ExpectedProduct {
  id: string;
  /** Beside a nearer hop; null: nothing in the answer can tell, and nothing may be claimed. */
  beside: Confidence | null;
  /** By itself. */
  alone: Confidence | null;
}

/** One configuration with what the probe should say about each stream through it. */
export interface Row {
  /** `group/name`. */
  id: string;
  /** From the origin outward. */
  hops: readonly Hop[];
  /** Of the outermost hop; null: nothing known stands there, and nothing may be claimed surely. */
  product: ExpectedProduct | null;
  /** Part of the change that cures this row's holds; absent where nothing holds, or nothing is known to help. */
  fix?: string;
  /** Of the outermost hop; a stream that is not named should be found streaming. */
  expect: Readonly<Partial<Record<StreamId, Expected>>>;
  /** Of the hops before the outermost; not named: streaming. */
  inner?: Readonly<Partial<Record<StreamId, readonly Expected[]>>>;
  /** Streams to try; default all. */
  streams?: readonly StreamId[];
  options?: ProbeOptions;
  /**
   * What experiments should find to be the smallest set of changes by the sender: factor names with ` + ` between,
   * `nothing`, or `the hop must change`. Default: nothing, where every stream flows; not tried, where some do not.
   */
  minimal?: string;
  /** Another client reads each stream through the outermost hop first, for caches. */
  readBefore?: boolean;
  /** Products that other hops of the row show through: naming them is no mistake. */
  alsoThere?: readonly string[];
}

export const STREAMING: Expected = { verdict: 'streaming', kinds: null };

/** `held`, in one of these ways. */
export function held(kinds: HoldKind | readonly HoldKind[], more: Partial<Expected> = {}): Expected {
  return { verdict: 'held', kinds: typeof kinds === 'string' ? [kinds] : kinds, ...more };
}

/** The same expectation for every stream, or for all but some. */
export function everywhere(
  expected: Expected,
  except: Readonly<Partial<Record<StreamId, Expected>>> = {},
): Record<StreamId, Expected> {
  const all = STREAM_IDS.map((id) => [id, except[id] ?? expected] as const);
  return Object.fromEntries(all) as Record<StreamId, Expected>;
}

export function expectedOf(row: Row, stream: StreamId): Expected {
  return row.expect[stream] ?? STREAMING;
}

/** A real product as the only hop. */
export function alone(driver: DriverId, config: string): readonly Hop[] {
  return [{ name: driver, driver, config }];
}

/** A configuration beside the rows of its product. */
export function own(driver: DriverId, file: string): string {
  return `test/accuracy/products/${driver}/${file}`;
}

/** What experiments should find; null where that is not tried. */
export function minimalOf(row: Row): string | null {
  if (row.minimal !== undefined) return row.minimal;
  return Object.values(row.expect).every(({ verdict }) => verdict === 'streaming') ? 'nothing' : null;
}
