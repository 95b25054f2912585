/** Bounds that no option changes: each answers an attack, none is met by an honest peer. */
export const LIMITS = {
  /** Header lines of a request: Node drops lines past a count silently, so this gateway counts for itself. */
  requestHeadLines: 200,
  /** Requests of one connection that wait for the ones before them. */
  waitingRequests: 16,
  /** Request body bytes held for a request that waits. */
  waitingBodyBytes: 65_536,
  /** A response head of a stream route, all interim responses included. */
  responseHeadBytes: 65_536,
  responseHeadLines: 500,
  /** Interim (1xx) responses before the final one. */
  interimResponses: 16,
  /** One read from the upstream. */
  readBytes: 65_536,
  /** Read blocks kept for the next streams in a burst. */
  spareBlocks: 64,
  /** Decoded bytes that are let through whatever they came from … */
  decodedFreeBytes: 1_048_576,
  /** … and how many times larger than its coded form a body may become beyond that. */
  decodedRatio: 200,
  /** How long bytes just written get to leave the machine before a reset throws away what is still queued. */
  resetGraceMs: 200,
  /** How long the rest of a request body is read and thrown away after its answer is complete. */
  lingerMs: 1_000,
  /** Connections past `maxConnections` that are taken in to be told so; still more are closed unheard. */
  surplusConnections: 256,
  /** Streams that a client may have open on one HTTP/2 connection: what nginx allows, more than browsers ask for. */
  http2Streams: 128,
  /** Requests that an HTTP/2 client may give up, at once and in the long run, before its connection is closed. */
  http2ResetBurst: 200,
  http2ResetsPerS: 20,
  /** PING, SETTINGS and PRIORITY frames of one HTTP/2 connection. */
  http2ControlBurst: 500,
  http2ControlsPerS: 50,
  /** Streams of one HTTP/2 connection that cannot be taken (their heads are too large), and frames that are invalid. */
  http2RejectedStreams: 20,
  http2InvalidFrames: 100,
  /** What a client that is refused for want of room is asked to wait, in seconds. */
  retryAfterS: 5,
  /** Requests that wait at once for a place or a target; further ones are refused at once. */
  queuedRequests: 1_024,
  /** How long a request that may wait leaves targets alone that refused it, before it asks them again. */
  reconnectPauseMs: 200,
  /** Sessions whose target is remembered, of each upstream … */
  stickyKeys: 65_536,
  /** … and how long a session's name may be. */
  stickyKeyCharacters: 512,
} as const;
