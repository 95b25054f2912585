import { EventLines } from '../http/event-lines.ts';

/** What observe mode tells of one stream. */
export interface Observation {
  /** The fields, in lower case, by which passthrough would differ. */
  wouldChange: readonly string[];
  upstream: Delivery;
}

/** How an upstream delivers one stream. Times are milliseconds. */
export interface Delivery {
  /** From the request to the upstream's response head. */
  headMs: number | null;
  /** From the request to the first bytes of the body; null while none have come. */
  firstBytesMs: number | null;
  /** Events that have come whole; null where a content coding hides them. */
  events: number | null;
  /** How often at least {@link BURST_EVENTS} events came at once after a pause. */
  bursts: number;
  /** Events of the largest burst. */
  largestBurstEvents: number;
  /** The content coding of the body, or null. */
  coding: string | null;
  /** What of this hints at something behind the gateway that holds the stream, or would. */
  traits: Trait[];
}

/**
 * `bursts`: more than half of the events came in bursts. `late-head`: the head took a second or more and came only with
 * the first bytes of the body. `coding`: the body is compressed.
 */
export type Trait = (typeof TRAITS)[number];
export const TRAITS = ['bursts', 'late-head', 'coding'] as const;

/** So many events at once after a pause are a burst … */
export const BURST_EVENTS = 5;
/** … of at least so long, during which a backend that sends when it has something was silent; … */
const PAUSE_MS = 500;
/** … and what comes within so little time came at once. */
const AT_ONCE_MS = 20;
const LATE_HEAD_MS = 1_000;
/** A head and bytes so close together were sent together. */
const TOGETHER_MS = 5;

/** Watches how the body of one answer comes in. Reads each byte once, and asks the clock at each read. */
export class UpstreamMeter {
  readonly #startedMs: number;
  readonly #headAtMs: number;
  readonly #coding: string | null;
  readonly #lines = new EventLines();
  #firstAtMs: number | null = null;
  #lastAtMs: number;
  #events = 0;
  #bursts = 0;
  #burstEvents = 0;
  #largest = 0;
  /** Events since the last pause that came at once with the first one after it. */
  #group = 0;
  #groupIsOpen = false;

  /** Counts every event. */
  readonly needsAll = true;

  /** @param startedMs when the request came, on the clock of `performance.now()` */
  constructor(startedMs: number, coding: string | null) {
    this.#startedMs = startedMs;
    this.#headAtMs = performance.now();
    this.#lastAtMs = this.#headAtMs;
    this.#coding = coding;
  }

  passSpans(buffer: Uint8Array, spans: readonly number[], spanCount: number): boolean {
    const nowMs = performance.now();
    const quietMs = nowMs - (this.#firstAtMs === null ? this.#startedMs : this.#lastAtMs);
    this.#firstAtMs ??= nowMs;
    this.#lastAtMs = nowMs;
    if (this.#coding === null) this.#count(buffer, spans, spanCount, quietMs);
    return false;
  }

  #count(buffer: Uint8Array, spans: readonly number[], spanCount: number, quietMs: number): void {
    let events = 0;
    for (let i = 0; i < spanCount; i += 2)
      events += this.#lines.countEvents(buffer, spans[i] as number, spans[i + 1] as number);
    this.#events += events;
    if (quietMs >= PAUSE_MS) this.#beginGroup();
    else if (quietMs > AT_ONCE_MS) this.#groupIsOpen = false;
    if (this.#groupIsOpen) this.#addToGroup(events);
  }

  get delivery(): Delivery {
    const headMs = this.#headAtMs - this.#startedMs;
    const firstBytesMs = this.#firstAtMs === null ? null : this.#firstAtMs - this.#startedMs;
    const isLate = headMs >= LATE_HEAD_MS && firstBytesMs !== null && firstBytesMs - headMs <= TOGETHER_MS;
    const traits: Trait[] = [];
    if (this.#burstEvents > this.#events / 2) traits.push('bursts');
    if (isLate) traits.push('late-head');
    if (this.#coding !== null) traits.push('coding');
    return {
      headMs: Math.round(headMs),
      firstBytesMs: firstBytesMs === null ? null : Math.round(firstBytesMs),
      events: this.#coding === null ? this.#events : null,
      bursts: this.#bursts,
      largestBurstEvents: this.#largest,
      coding: this.#coding,
      traits,
    };
  }

  #beginGroup(): void {
    this.#group = 0;
    this.#groupIsOpen = true;
  }

  #addToGroup(events: number): void {
    const before = this.#group;
    this.#group += events;
    if (this.#group < BURST_EVENTS) return;
    if (before < BURST_EVENTS) {
      this.#bursts++;
      this.#burstEvents += this.#group;
    } else this.#burstEvents += events;
    this.#largest = Math.max(this.#largest, this.#group);
  }
}
