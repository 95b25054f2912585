import { GATEWAY_DEFAULTS } from '../options.ts';
import { count, duration, durationOrOff, onOrOff, sizeOrNone, sizeOrOff, textOrOff } from './values.ts';

/** Keys that stand for all routes at the top of the file, and for one route within it. */
export const routeBounds = {
  connectTimeout: duration(
    'Name lookup, connecting and TLS together, for each target.',
    GATEWAY_DEFAULTS.connectTimeoutMs,
  ).exactOptional(),
  headTimeout: duration(
    'From the request sent to the upstream’s response head.',
    GATEWAY_DEFAULTS.headTimeoutMs,
  ).exactOptional(),
  idleTimeout: durationOrOff(
    'How long a stream or a websocket may be without a byte from the upstream before it is broken off.',
  ).exactOptional(),
  maxAge: durationOrOff(
    'How long a request may last in all, a stream’s life included, before it is broken off.',
  ).exactOptional(),
  slowClientTimeout: duration(
    'How long a client may leave what was written to it unread.',
    GATEWAY_DEFAULTS.slowClientTimeoutMs,
  ).exactOptional(),
  requestBodyIdleTimeout: duration(
    'How long a request body may stand still, on either side, before the answer begins.',
    GATEWAY_DEFAULTS.requestBodyIdleTimeoutMs,
  ).exactOptional(),
  maxRequestBody: sizeOrOff('Larger request bodies are answered 413.').exactOptional(),
  queue: durationOrOff(
    'How long a request waits for a place among the streams or for a target that takes it, in place of an error at once.',
  ).exactOptional(),
  retries: count(
    'How many other targets are asked for a connection when one gives none. Only before a byte was sent.',
    GATEWAY_DEFAULTS.retries,
    0,
  ).exactOptional(),
  heartbeat: durationOrOff(
    'A comment line is put into an event stream that was quiet for so long; at least 100ms.',
  ).exactOptional(),
  openingComment: onOrOff(
    'Event streams begin with a comment line.',
    GATEWAY_DEFAULTS.openingComment,
  ).exactOptional(),
  openingPadding: sizeOrNone(
    'Event streams begin with a comment line of so many bytes, at most 64k.',
  ).exactOptional(),
  retry: durationOrOff(
    'Event streams begin with a `retry:` field of this time, for `EventSource` clients.',
  ).exactOptional(),
  earlyHead: durationOrOff(
    'How long the upstream may take for the head of an event stream before a head goes out without it.',
  ).exactOptional(),
  stamp: textOrOff('Token that asks for stamps in the field `Unclog-Stamp`.', {
    secret: true,
  }).exactOptional(),
};

/** What these keys are called in the options of the library. */
export const BOUND_NAMES = {
  connectTimeout: 'connectTimeoutMs',
  headTimeout: 'headTimeoutMs',
  idleTimeout: 'idleTimeoutMs',
  maxAge: 'maxAgeMs',
  slowClientTimeout: 'slowClientTimeoutMs',
  requestBodyIdleTimeout: 'requestBodyIdleTimeoutMs',
  maxRequestBody: 'maxRequestBodyBytes',
  queue: 'queueMs',
  heartbeat: 'heartbeatMs',
  openingPadding: 'openingPaddingBytes',
  retry: 'retryMs',
  earlyHead: 'earlyHeadMs',
} as const;
