import type { FindingId, HoldKind, HopFacts, Observation } from '../types.ts';

/** What a fix is for: a finding, or a kind of hold (which stands for its finding). */
export type Topic = FindingId | HoldKind;

const FINDING_OF_HOLD: Readonly<Record<HoldKind, FindingId>> = {
  'until-close': 'held-until-close',
  'until-full': 'held-until-full',
  'for-time': 'held-for-time',
  constant: 'held-constant',
  'one-behind': 'held-one-behind',
  'head-only': 'head-held',
  initial: 'held-initially',
  unknown: 'held-unknown',
};

/** The finding that a kind of hold leads to; a finding id stays itself. */
export function findingOf(topic: Topic): FindingId {
  return topic in FINDING_OF_HOLD ? FINDING_OF_HOLD[topic as HoldKind] : (topic as FindingId);
}

/** Holds that come from collecting bytes: until a buffer is full, until the end, or before anything is sent. */
export const BUFFER_HOLDS: readonly FindingId[] = [
  'held-until-close',
  'held-until-full',
  'held-initially',
  'head-held',
  'held-unknown',
  'fixed-length',
];

/** Holds that come from a timer. */
export const TIMER_HOLDS: readonly FindingId[] = ['held-for-time', 'held-constant'];

/** A compressor that keeps events back. Its hold shows as one of the buffer holds as well. */
export const COMPRESSION: readonly FindingId[] = ['compressed-unflushed', 'compressed'];

/** A mark in the response head: a field, with a pattern for its value whose first group, if any, is the version. */
export interface FieldMark {
  field: string;
  matches?: RegExp;
  confidence: 'certain' | 'likely' | 'possible';
}

/** Any other mark; returns what was seen, in words, or null. */
export interface SeenMark {
  seen(observation: Observation, nearer: Observation | null): string | null;
  /** For `unclog explain`: what it looks for. */
  what: string;
  confidence: 'certain' | 'likely' | 'possible';
}

export type Mark = FieldMark | SeenMark;

/** A time after which the product ends or refuses a stream. */
export interface TimeLimit {
  seconds: number;
  /** `idle`: no byte for so long; `total`: since the request, busy or not; `first-byte`: no response head. */
  kind: 'idle' | 'total' | 'first-byte';
  /** The setting's name. */
  setting: string;
  /** Largest value that can be set; equal to `seconds` where it cannot be changed; absent where nothing says. */
  mostSeconds?: number;
  source: string;
}

/** A size after which the product ends, refuses or slows a stream. */
export interface SizeLimit {
  bytes: number;
  /** What happens there, in a few words. */
  effect: string;
  source: string;
}

/**
 * When the origin learns that a client left a stream.
 *
 * `at once`: within a second, though the stream is quiet; `on write`: not before it sends on (it may send for seconds
 * until then); `never`: the product reads the answer to its end, or nothing ends the request behind it.
 */
export type AbortWord = 'at once' | 'on write' | 'never';

/**
 * Whether a product tells the origin that a client has left, with one configuration. `measured`: a test of this
 * repository shows it on the version in {@link Intermediary.tried} (`test` is its path); `documented`: `source` says so.
 */
export type AbortPassing = {
  passes: AbortWord;
  /** The configuration: a file in `configs/`, `default`, or the setting in a few words. */
  setting: string;
} & ({ how: 'measured'; test: string } | { how: 'documented'; source: string });

/** What `test/e2e/intermediaries-aborts.test.ts` measures with these files (paths from the repository's root). */
export function measuredAborts(files: Readonly<Record<string, AbortWord>>): AbortPassing[] {
  const test = 'test/e2e/intermediaries-aborts.test.ts';
  return Object.entries(files).map(([setting, passes]) => ({ passes, setting, how: 'measured', test }));
}

/**
 * A behaviour of a product that a simulator of the tests repeats (`test/support/simulated-product.ts`): it shows that the
 * probe understands the behaviour and names the product, and nothing about the product itself.
 */
export interface Simulated {
  behaviour: string;
  finding: FindingId;
}

export interface ProductFix {
  for: readonly FindingId[];
  /** Default: the product's id. */
  where?: string;
  /** Exact line or lines to paste. */
  change: string;
  /** The file, block or page of settings that the change belongs into. */
  section: string;
  /** Versions that it needs or is limited to; absent where no limit is known. */
  versions?: string;
  /** True for what helps in uncommon set-ups only: offered after everything else. */
  rare?: true;
  /** True where a test of this repository shows the effect though no file in `configs/` has the line. */
  tested?: true;
  config?: string;
  /** True only where a configuration in this repository contains it and a test shows that it works. */
  proven?: boolean;
  source: string;
}

/** What is often advised for a product, and does nothing. */
export interface Ineffective {
  for: readonly FindingId[];
  /** As it is found in answers and tutorials. */
  advice: string;
  /** Why it does nothing, and what it does instead if anything: a sentence. */
  why: string;
  /** True where `test/e2e/useless-advice.test.ts` or another test shows it. */
  tested?: true;
  /** Where it is advised, refuted, or follows from. */
  source: string;
}

/** What a product is, for lists. */
export const KINDS = ['proxy', 'service', 'gateway', 'tunnel', 'application', 'security'] as const;
export type Kind = (typeof KINDS)[number];

/** What can be done about a held stream without touching the settings of the product that holds it. */
export const CURES = [
  'x-accel-buffering',
  'incremental',
  'no-transform',
  'gateway-behind',
  'gateway-in-front',
] as const;
/** A header that the origin sends, or the unclog gateway on the origin's or on the client's side of the product. */
export type Cure = (typeof CURES)[number];

/** What the real product did in a test of this repository (`test/e2e/intermediaries-buffering.test.ts`). */
export interface Measured {
  version: string;
  /** The setting that holds, in a few words. */
  setting: string;
  finding: FindingId;
  /** Path of the configuration that lets the same stream flow. Default: that of the first fix for the finding. */
  config?: string;
  /** Those of {@link CURES} with which the same stream flows. */
  curedBy: readonly Cure[];
}

/** One product that can stand between an event source and its client. */
export interface Intermediary {
  /** Equal to the file's name. */
  id: string;
  name: string;
  /** `service`: run by somebody else; `application`: inside the program that sends the events. */
  kind: Kind;
  /** Why no test of this repository can run it, in a few words; its page in `configs/` is then made from this entry. */
  cannotRun?: string;
  /** What it does with event streams, in a few sentences. */
  explain: string;
  /** Version and day on which tests of this repository ran the real product; absent: documented, not reproduced. */
  tried?: { version: string; date: string };
  /** True when its default settings hold a stream in some common set-up. */
  holdsByDefault: boolean;
  honours: {
    /** `X-Accel-Buffering: no` from the origin. */
    xAccelBuffering: boolean;
    /** `Incremental: ?1` (RFC 10036). */
    incremental: boolean;
    /** The first version that does; absent: all that are known. */
    incrementalSince?: string;
    /** `Cache-Control: no-transform` keeps it from compressing. */
    noTransform: boolean;
  };
  marks: readonly Mark[];
  limits: readonly TimeLimit[];
  /** Absent where none is known. */
  sizes?: readonly SizeLimit[];
  /** What it does by default, in a few words for a table. Absent: "holds" or "streams" after {@link holdsByDefault}. */
  byDefault?: string;
  /** One entry per configuration that is known; absent: unknown. Fill it from tests or from what a source says. */
  passesAborts?: readonly AbortPassing[];
  /** What a simulator of the tests repeats; absent for products that tests run, and where nothing can be repeated. */
  simulated?: readonly Simulated[];
  /** Folders with configurations for it beside `configs/<id>`, from the repository's root. */
  folders?: readonly string[];
  /** What was looked for in public sources and not found, in a few words each. */
  notFound?: readonly string[];
  /** Absent where no test of this repository runs the product. */
  measured?: readonly Measured[];
  fixes: readonly ProductFix[];
  /** Empty where nothing of the kind is known. */
  ineffective: readonly Ineffective[];
  /** Why this product shows this finding; a function may look at the facts and return null when it has nothing to say. */
  because?: Readonly<Partial<Record<FindingId, string | ((hop: HopFacts) => string | null)>>>;
  sources: readonly string[];
}
