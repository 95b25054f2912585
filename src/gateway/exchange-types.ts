/** How an exchange ended; the reasons in the log. */
export type Outcome =
  | 'complete'
  /** A close-delimited answer ended: whether it was whole cannot be known. */
  | 'unverified'
  /** Asked of the gateway itself, and answered by it. */
  | 'answered'
  /** The gateway answered in place of the upstream. */
  | 'refused'
  | 'client-gone'
  | 'slow-client'
  /** The upstream broke off, or sent what cannot be passed on, after its head had been passed on. */
  | 'upstream-broken'
  /** A head had been sent before the upstream's, and its answer did not fit or did not come. */
  | 'early-head-broken'
  | 'request-body-stalled'
  /** The request body grew beyond its bound after the head had been passed on. */
  | 'request-body-too-large'
  /** The upstream sent nothing for the time that the route allows. */
  | 'idle-timeout'
  /** It lasted as long as the route allows. */
  | 'max-age'
  /** Ended by the gateway's shutdown. */
  | 'drained'
  /** A websocket's connection ended. */
  | 'upgraded';

/**
 * `unanswered`: the exchange ended before the upstream answered. `followed`: by a fitting stream. Else the answer did not
 * fit: `status`, `type` or `coding`; `no-answer`: there was none.
 */
export type EarlyHeadResult = 'unanswered' | 'followed' | 'status' | 'type' | 'coding' | 'no-answer';

export type Route = 'stream' | 'ordinary' | 'upgrade';

/** A way of passing an answer on, as those see it who watch over it from outside. */
export interface LiveTransport {
  /** Chunks so far; of a body that comes without chunks, pieces as they were read. */
  readonly pieces: number;
  /** To be called every now and then, so that {@link StreamWatch} gets to see something. */
  tick(nowMs: number): void;
  /** From now on every piece is looked into: the body is to end soon. */
  prepareEnd(): void;
  /** Ends the body where the next event would begin, after what is to be said last. */
  endAtBoundary(farewell: string): void;
}

/** Lines that the gateway puts into a stream, as the stream's books see them. */
export interface StreamInsertions {
  /** Written so far. */
  readonly heartbeats: number;
  /** The stream is over. */
  end(): void;
}
