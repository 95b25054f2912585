import type { Target } from './target.ts';
import type { Upstream } from './upstream.ts';

const NONE: readonly Target[] = [];

/** One request on its way to an upstream: the target it is at, and those it was at before. */
export class Attempt {
  readonly upstream: Upstream;
  target: Target;
  /** A target has taken the connection: from here on nothing is tried again. */
  isConnected = false;
  /** Starts the transport anew; null once there is nothing more to start. */
  send: (() => void) | null;
  tried: readonly Target[] = NONE;
  triesLeft: number;
  /** Counted among the target's streams. */
  isStream: boolean;
  #isHeld = false;

  constructor(upstream: Upstream, target: Target, isStream: boolean, triesLeft: number, send: () => void) {
    this.upstream = upstream;
    this.target = target;
    this.isStream = isStream;
    this.triesLeft = triesLeft;
    this.send = send;
    this.#hold();
  }

  connected(): void {
    this.isConnected = true;
    // A stream lives for hours; what only its beginning needs is let go.
    this.send = null;
    this.tried = NONE;
  }

  /** The request goes to another target. */
  moveTo(target: Target): void {
    this.release();
    this.target = target;
    this.#hold();
  }

  /** The answer to what looked like any other request is a stream. */
  becameStream(): void {
    if (this.isStream || !this.#isHeld) return;
    this.release();
    this.isStream = true;
    this.#hold();
  }

  /** The target has this request no more; idempotent. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#count(-1);
  }

  #hold(): void {
    this.#isHeld = true;
    this.#count(1);
  }

  #count(change: 1 | -1): void {
    const { state } = this.target;
    if (this.isStream) state.streams += change;
    else state.requests += change;
  }
}
