import { GatewayOptionError } from './option-error.ts';

/** What the gateway does to streams beyond relaying them. Everything is off by default; durations are milliseconds. */
export interface StreamOptions {
  /**
   * `passthrough` (default): streams get what keeps hops from holding them. `observe`: no byte of a body and no
   * end-to-end field is changed; log, metrics and `/streams` say what passthrough would change.
   */
  mode?: GatewayMode;
  /** A comment line is put into an event stream that was quiet for so long. At least 100. Default null: none. */
  heartbeatMs?: number | null;
  /** An event stream begins with a comment line, sent with the head. Default false. */
  openingComment?: boolean;
  /** The opening comment has at least so many bytes, for hops that hold the first ones. At most 65,536. Default 0. */
  openingPaddingBytes?: number;
  /** Sent in a `retry:` field at the start to clients whose `Accept` is exactly `text/event-stream`. Default null. */
  retryMs?: number | null;
  /**
   * When an upstream takes longer for the head of an event stream, a head with status 200 goes out before its own.
   * Default null: never.
   */
  earlyHeadMs?: number | null;
  /**
   * Requests that carry this text in an `Unclog-Stamp` field get stamps: comment lines that say when the gateway passed
   * the bytes on. 16 to 256 visible ASCII characters. Default null: nobody gets them.
   */
  stamp?: string | null;
}

/** The request field that asks for stamps, in lower case; never passed on. */
export const STAMP_FIELD = 'unclog-stamp';

export const GATEWAY_MODES = ['passthrough', 'observe'] as const;
export type GatewayMode = (typeof GATEWAY_MODES)[number];

export const STREAM_DEFAULTS = {
  mode: 'passthrough',
  heartbeatMs: null,
  openingComment: false,
  openingPaddingBytes: 0,
  retryMs: null,
  earlyHeadMs: null,
  stamp: null,
} as const satisfies Required<StreamOptions>;

/** Shorter ones would be noise on the wire and in the event loop. */
const SHORTEST_HEARTBEAT_MS = 100;
const MOST_PADDING_BYTES = 65_536;
/** What Node's timers can wait for. */
const LONGEST_MS = 2_147_483_647;

/** What changes an answer, and so contradicts `mode: observe`. */
const CHANGES = [
  'heartbeatMs',
  'openingComment',
  'openingPaddingBytes',
  'retryMs',
  'earlyHeadMs',
  'stamp',
] as const;

/** @throws GatewayOptionError */
export function checkStreamOptions(options: StreamOptions & { via?: unknown; serverTiming?: unknown }): void {
  const { heartbeatMs, openingPaddingBytes, retryMs, earlyHeadMs, stamp } = options;
  if (typeof heartbeatMs === 'number' && !isWithin(heartbeatMs, SHORTEST_HEARTBEAT_MS, LONGEST_MS))
    throw new GatewayOptionError(
      `heartbeat: ${heartbeatMs}ms is no time for one, expected at least ${SHORTEST_HEARTBEAT_MS}ms`,
    );
  if (!(openingPaddingBytes === undefined || isWithin(openingPaddingBytes, 0, MOST_PADDING_BYTES)))
    throw new GatewayOptionError(
      `openingPadding: ${openingPaddingBytes} bytes cannot be sent, expected at most 64k`,
    );
  if (typeof earlyHeadMs === 'number' && !isWithin(earlyHeadMs, 1, LONGEST_MS))
    throw new GatewayOptionError(`earlyHead: ${earlyHeadMs}ms is no time to wait, expected at least 1ms`);
  if (typeof retryMs === 'number' && !(Number.isInteger(retryMs) && isWithin(retryMs, 0, LONGEST_MS)))
    throw new GatewayOptionError(`retry: ${retryMs}ms is no whole number of milliseconds that can be sent`);
  // The message never shows the token.
  if (typeof stamp === 'string' && !/^[\x21-\x7e]{16,256}$/.test(stamp))
    throw new GatewayOptionError(
      'stamp: the token cannot be used, expected 16 to 256 visible ASCII characters without blanks',
    );
  if (options.mode !== 'observe') return;
  for (const name of [...CHANGES, 'via', 'serverTiming'] as const) {
    if (!options[name]) continue;
    const shown = name.replace(/(?:Ms|Bytes)$/, '');
    throw new GatewayOptionError(`mode: observe changes nothing, so ${shown} cannot be given with it`);
  }
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
