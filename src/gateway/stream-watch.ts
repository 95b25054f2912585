import { type BodyUnit, EventBoundary } from './event-boundary.ts';

/**
 * What an upstream's way of delivering says about it:
 *
 * - `bursts`: again and again several events at once after a pause
 * - `late-start`: head and many events together, after a long wait
 * - `late-head`: head and first event together, after a long wait: an upstream that is slow, or one whose head is held
 *   until the first event
 */
export type HoldKind = 'bursts' | 'late-start' | 'late-head';

/** How often streams are looked at, in milliseconds. */
export const LOOK_INTERVAL_MS = 1_000;
/** Reads of one stream that are looked into between two such times. */
export const LOOKS_PER_INTERVAL = 16;
/** Bytes of one read that are looked into, and of one stream between two such times. */
const READ_LOOK_BYTES = 8_192;
const LOOK_BYTES_PER_INTERVAL = 16_384;
/** Until its first event a stream is looked into whole, up to so many bytes. */
const FIRST_EVENT_BYTES = 65_536;

/** Reads within so long of the first of them are one delivery, cut up on its way. */
const DELIVERY_MS = 5;
/** A pause that somebody who waits for events notices, … */
const HELD_PAUSE_MS = 150;
/** … and what is too much to have happened in one moment at its end. */
const HELD_EVENTS = 5;
/** A delivery of so few shows that events come one by one. */
const FLOWING_EVENTS = 2;
/** A delivery that is held, one that stops within an event on top, and what makes it a finding; flowing ones count against it. */
const HELD_SCORE = 2;
const TORN_SCORE = 1;
const FINDING_SCORE = 6;
/** A head that took longer than this is late, … */
const LATE_HEAD_MS = 1_000;
/** … one that comes so shortly before the first event came with it, … */
const WITH_HEAD_MS = 20;
/** … and with so many events at once, all but the last of them were ready long before. */
const LATE_START_EVENTS = 8;
/** Pauses from here on are booked. */
export const PAUSE_MS = 1_000;

/** Who hears of what a watch sees, and what the watch needs to know. All times on the clock of `performance.now()`. */
export interface WatchedStream {
  readonly startedMs: number;
  readonly headAtMs: number | null;
  /** The client asked for events that it has missed: many at once are natural then. */
  readonly resumes: boolean;
  onFirstEvent(): void;
  onPause(ms: number): void;
  onHold(kind: HoldKind): void;
}

/**
 * Watches how a stream's events arrive, by looking into some of the reads: a fast stream is looked into a few times a
 * second, a slow one whole. Reads that are not looked into cost nothing.
 */
export class StreamWatch {
  readonly boundary: EventBoundary;
  /** When the first read that ended an event came; null before. */
  firstEventAtMs: number | null = null;
  /** Looks into every read. */
  looksAlways = false;
  readonly #stream: WatchedStream;
  #looksLeft = LOOKS_PER_INTERVAL;
  #bytesLeft = LOOK_BYTES_PER_INTERVAL;
  /** Payload bytes up to where it was looked last. */
  #bytes = 0;
  /** Payload bytes up to and with the last read that was looked into, and when that came. */
  #lastBytes = 0;
  #lastMs = 0;
  /** Some payload has gone by unseen. */
  #missed = false;
  #isExcused = false;
  /** The same when {@link tick} came by last. */
  #tickBytes = -1;
  #tickMs = 0;
  /** The delivery under way: its beginning, its events, and the pause before it; null: not known. */
  #sinceMs = 0;
  #events = 0;
  #pauseMs: number | null = null;
  #isFirst = true;
  #score = 0;
  #held: HoldKind | null = null;

  constructor(stream: WatchedStream, unit: BodyUnit) {
    this.#stream = stream;
    this.boundary = new EventBoundary(unit);
  }

  /** What has been noticed of this stream. */
  get hold(): HoldKind | null {
    return this.#held;
  }

  /** Is the next read to be looked into, too? */
  get wantsMore(): boolean {
    const seeksFirst = this.firstEventAtMs === null && this.#bytes < FIRST_EVENT_BYTES;
    return (this.#looksLeft > 0 && this.#bytesLeft > 0) || this.looksAlways || seeksFirst;
  }

  /** How much of the next read is to be looked into, in bytes. */
  get reach(): number {
    return this.looksAlways ? Number.POSITIVE_INFINITY : READ_LOOK_BYTES;
  }

  /** A read is about to be passed on; `bytesBefore` is how many payload bytes came before it. */
  begin(bytesBefore: number, nowMs: number): void {
    this.#looksLeft--;
    const pauseMs = this.#pauseBefore(bytesBefore, nowMs);
    if (bytesBefore !== this.#bytes) {
      this.boundary.lose();
      this.#missed = true;
      this.#bytes = bytesBefore;
    }
    if (pauseMs !== null && pauseMs >= PAUSE_MS) this.#stream.onPause(pauseMs);
    if (pauseMs === null || nowMs - this.#sinceMs >= DELIVERY_MS) {
      this.#judge(pauseMs ?? 0);
      this.#pauseMs = pauseMs;
      this.#sinceMs = nowMs;
    }
    this.#lastMs = nowMs;
    this.#isExcused = false;
  }

  /** Payload of that read, or a part of it. */
  look(bytes: Uint8Array, from: number, to: number): void {
    const before = this.boundary.events;
    this.boundary.pass(bytes, from, to);
    this.#book(to - from, this.boundary.events - before);
  }

  /** As {@link look}, up to the first boundary: returns the index after it, or -1 without one. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const before = this.boundary.events;
    const end = this.boundary.find(bytes, from, to);
    this.#book((end === -1 ? to : end) - from, this.boundary.events - before);
    return end;
  }

  /** Has all of so many bytes been looked into, so that the number of events is exact? */
  sawAll(bytes: number): boolean {
    return !this.#missed && bytes === this.#bytes;
  }

  /** What has come so far, of which so many bytes are known, ends with a whole event. */
  isAtBoundary(bytes: number): boolean {
    return bytes === this.#bytes && this.boundary.isHere;
  }

  #book(bytes: number, events: number): void {
    this.#bytes += bytes;
    this.#bytesLeft -= bytes;
    this.#events += events;
    if (events === 0 || this.firstEventAtMs !== null) return;
    this.firstEventAtMs = this.#lastMs;
    this.#stream.onFirstEvent();
  }

  /** That read has been passed on: so many payload bytes in all. */
  passed(bytes: number): void {
    this.#lastBytes = bytes;
  }

  /** To be called every {@link LOOK_INTERVAL_MS}. */
  tick(bytes: number, nowMs: number): void {
    this.#looksLeft = LOOKS_PER_INTERVAL;
    this.#bytesLeft = LOOK_BYTES_PER_INTERVAL;
    const quietMs = nowMs - this.#lastMs;
    if (bytes === this.#lastBytes && quietMs >= HELD_PAUSE_MS) this.#judge(quietMs);
    if (bytes === this.#tickBytes) return;
    this.#tickBytes = bytes;
    this.#tickMs = nowMs;
  }

  /** What comes next comes late for a reason of ours: the client did not read, or this process was busy. */
  excuse(): void {
    this.#isExcused = true;
    this.#pauseMs = null;
    this.#score = 0;
  }

  /** Nothing more will come. */
  end(): void {
    this.#judge(0);
  }

  /** How long nothing came before this read; at least so long, where the read before it was not looked into. */
  #pauseBefore(bytesBefore: number, nowMs: number): number | null {
    if (bytesBefore === 0 || this.#isExcused) return null;
    if (bytesBefore === this.#lastBytes) return nowMs - this.#lastMs;
    return bytesBefore === this.#tickBytes ? nowMs - this.#tickMs : null;
  }

  /** The delivery under way is over; nothing has come for `quietMs` since. */
  #judge(quietMs: number): void {
    const events = this.#events;
    const pauseMs = this.#pauseMs;
    this.#events = 0;
    if (events === 0) return;
    this.#pauseMs = null;
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#judgeStart(events);
    } else if (pauseMs !== null) this.#judgeDelivery(events, pauseMs, quietMs);
  }

  #judgeDelivery(events: number, pauseMs: number, quietMs: number): void {
    if (events <= FLOWING_EVENTS || pauseMs < HELD_PAUSE_MS) this.#score = Math.max(0, this.#score - 1);
    else if (events >= HELD_EVENTS) {
      // No application stops within an event; a buffer that is full does.
      const isTorn = quietMs >= HELD_PAUSE_MS && this.#bytes === this.#lastBytes && !this.boundary.isHere;
      this.#score += HELD_SCORE + (isTorn ? TORN_SCORE : 0);
      if (this.#score >= FINDING_SCORE) this.#find('bursts');
    }
  }

  #judgeStart(events: number): void {
    const { startedMs, headAtMs, resumes } = this.#stream;
    const { firstEventAtMs } = this;
    if (headAtMs === null || firstEventAtMs === null || resumes) return;
    const isLate = headAtMs - startedMs >= LATE_HEAD_MS;
    if (!isLate || firstEventAtMs - headAtMs >= WITH_HEAD_MS) return;
    this.#find(events >= LATE_START_EVENTS ? 'late-start' : 'late-head');
  }

  #find(kind: HoldKind): void {
    if (this.#held === kind) return;
    this.#held = kind;
    this.#stream.onHold(kind);
  }
}
