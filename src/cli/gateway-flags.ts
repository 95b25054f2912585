import type { Options as YargsOptions } from 'yargs';
import { GATEWAY_DEFAULTS, LOG_LEVELS } from '../gateway/options.ts';
import { formatAddress } from '../http/listen.ts';
import { writeSize } from '../units.ts';
import { STREAM_FLAGS, STREAM_KINDS } from './gateway-stream-options.ts';
import type { OptionKinds } from './option-sources.ts';

/** The plural names read better in a file: `streamPaths:`. */
export const GATEWAY_KINDS: OptionKinds = {
  upstream: 'text',
  listen: 'text',
  admin: 'text',
  'tls-cert': 'text',
  'tls-key': 'text',
  'upstream-ca': 'text',
  'upstream-cert': 'text',
  'upstream-key': 'text',
  'stream-path': 'list',
  'stream-paths': 'list',
  'stream-type': 'list',
  'stream-types': 'list',
  'host-header': 'text',
  'connect-timeout': 'text',
  'head-timeout': 'text',
  'slow-client-timeout': 'text',
  'request-body-idle-timeout': 'text',
  'request-head-timeout': 'text',
  'drain-timeout': 'text',
  'drain-delay': 'text',
  'drain-retry': 'text',
  workers: 'text',
  'max-connections': 'text',
  'max-streams': 'text',
  'max-streams-per-client': 'text',
  'max-request-head': 'text',
  'max-request-body': 'text',
  'idle-timeout': 'text',
  'max-age': 'text',
  queue: 'text',
  retries: 'text',
  'trusted-proxy': 'list',
  'trusted-proxies': 'list',
  via: 'text',
  'server-timing': 'switch',
  check: 'switch',
  'compare-origin': 'text',
  'allow-origin': 'list',
  ...STREAM_KINDS,
  'log-level': 'text',
  watch: 'switch',
};

const seconds = (ms: number): string => `${ms / 1_000}s`;

/** The flags of `unclog gateway`. What has more than one value or belongs to one route is in the file only. */
export const GATEWAY_FLAGS = {
  upstream: {
    type: 'string',
    describe: 'where requests go, e.g. http://127.0.0.1:8000 or unix:/run/app.sock',
  },
  listen: {
    type: 'string',
    describe: `address and port, or unix:/PATH; port 0 picks one (default ${formatAddress(GATEWAY_DEFAULTS.listen)})`,
  },
  admin: {
    type: 'string',
    describe: 'address and port of /healthz, /readyz, /metrics and /streams (default: off)',
  },
  'tls-cert': file('with the certificate for clients and its chain: serves TLS and HTTP/2 (default: off)'),
  'tls-key': file('with the key of that certificate (default: off)'),
  'upstream-ca': file("with certificates to trust of upstreams in place of the system's (default: off)"),
  'upstream-cert': file('with the certificate that upstreams are shown (default: off)'),
  'upstream-key': file('with the key of that certificate (default: off)'),
  'stream-path': {
    type: 'string',
    alias: 'stream-paths',
    describe: `glob of paths that are streams; repeatable (default ${GATEWAY_DEFAULTS.streamPaths.join(' and ')})`,
  },
  'stream-type': {
    type: 'string',
    alias: 'stream-types',
    describe: 'media type that is a stream besides text/event-stream; repeatable',
  },
  'host-header': {
    type: 'string',
    describe: `whose Host the upstream gets: client or upstream (default ${GATEWAY_DEFAULTS.hostHeader})`,
  },
  'connect-timeout': duration('for connecting to the upstream', GATEWAY_DEFAULTS.connectTimeoutMs),
  'head-timeout': duration("for the upstream's response head", GATEWAY_DEFAULTS.headTimeoutMs),
  'idle-timeout': {
    type: 'string',
    describe: 'time without a byte from the upstream after which a stream is broken off (default: off)',
  },
  'max-age': {
    type: 'string',
    describe: 'time after which a request is broken off, streams included (default: off)',
  },
  'slow-client-timeout': duration(
    'that a client may leave written bytes unread',
    GATEWAY_DEFAULTS.slowClientTimeoutMs,
  ),
  'request-body-idle-timeout': duration(
    'that a request body may stand still',
    GATEWAY_DEFAULTS.requestBodyIdleTimeoutMs,
  ),
  'request-head-timeout': duration(
    'that a client may take for a request head',
    GATEWAY_DEFAULTS.requestHeadTimeoutMs,
  ),
  'max-request-head': {
    type: 'string',
    describe: `largest request head (default ${writeSize(GATEWAY_DEFAULTS.maxRequestHeadBytes)})`,
  },
  'max-request-body': {
    type: 'string',
    describe: 'largest request body; larger ones are answered 413 (default: off)',
  },
  'drain-timeout': duration('for streams to end at shutdown', GATEWAY_DEFAULTS.drainTimeoutMs),
  'drain-delay': duration(
    'to go on taking connections at shutdown, while /readyz says 503',
    GATEWAY_DEFAULTS.drainDelayMs,
  ),
  'drain-retry': {
    type: 'string',
    describe:
      'most that EventSource clients are asked to wait before they come back after a shutdown (default: off)',
  },
  workers: {
    type: 'string',
    describe: 'processes that serve the address together: a number, or auto for one per core (default 1)',
  },
  'max-connections': limit('client connections at a time'),
  'max-streams': limit('streams at a time'),
  'max-streams-per-client': limit('streams at a time of one client address'),
  queue: {
    type: 'string',
    describe: 'time to wait for a place or a target in place of an error at once (default: off)',
  },
  retries: {
    type: 'string',
    describe: `other targets that are asked when one gives no connection (default ${GATEWAY_DEFAULTS.retries})`,
  },
  'trusted-proxy': {
    type: 'string',
    alias: 'trusted-proxies',
    describe: 'address or CIDR block of proxies in front, or unix, whose X-Forwarded-* are kept; repeatable',
  },
  via: { type: 'string', describe: 'name of this gateway for the Via field (default: off)' },
  'server-timing': {
    type: 'boolean',
    describe: 'say in Server-Timing how long the upstream took (default: off)',
  },
  check: {
    type: 'boolean',
    describe:
      'answer experiments, and browsers with a check page, below /.well-known/unclog/, to anybody who asks (default: off)',
  },
  'compare-origin': {
    type: 'string',
    describe:
      'second origin past what stands in front, for the check page, e.g. https://direct.example.com/ (default: off)',
  },
  'allow-origin': {
    type: 'string',
    describe: 'origin of a check page elsewhere that may measure against this gateway; repeatable',
  },
  ...STREAM_FLAGS,
  'log-level': { type: 'string', describe: `${LOG_LEVELS.join(', ')} (default info)` },
  watch: { type: 'boolean', describe: 'reload when the file of --config changes (default: off)' },
  config: { type: 'string', describe: 'YAML file with options, upstreams and routes' },
  'check-config': {
    type: 'boolean',
    describe: 'say whether the configuration can be used, and end',
  },
  'print-config': {
    type: 'boolean',
    describe: 'print the configuration in force, secrets hidden, and end',
  },
} satisfies Record<string, YargsOptions>;

function file(what: string) {
  return { type: 'string', describe: `PEM file ${what}` } as const;
}

function limit(what: string) {
  return { type: 'string', describe: `most ${what}; more are answered 503 (default: off)` } as const;
}

function duration(what: string, defaultMs: number) {
  return { type: 'string', describe: `time ${what} (default ${seconds(defaultMs)})` } as const;
}
