import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { formatAddress } from '../../http/listen.ts';
import { UnitError } from '../../units.ts';
import { GATEWAY_DEFAULTS, type GatewayOptions, LOG_LEVELS } from '../options.ts';
import { GATEWAY_MODES } from '../stream-options.ts';
import { HOST_HEADERS } from '../upstreams/options.ts';
import { listenerEntry } from './listener.ts';
import { routeEntry } from './route.ts';
import { BOUND_NAMES, routeBounds } from './route-bounds.ts';
import { upstreamEntry } from './upstream.ts';
import {
  address,
  addressOrOff,
  block,
  choice,
  countOrOff,
  duration,
  durationOrOff,
  onOrOff,
  renamed,
  size,
  special,
  text,
  textOrOff,
  texts,
} from './values.ts';

const MOST_WORKERS = 256;

function readWorkers(word: string): number {
  if (word === 'auto') return Math.min(availableParallelism(), MOST_WORKERS);
  if (!/^\d{1,4}$/.test(word) || Number(word) < 1 || Number(word) > MOST_WORKERS)
    throw new UnitError(`"${word}" is not a number from 1 to ${MOST_WORKERS}, nor auto`);
  return Number(word);
}

/** Keys that were given in the singular before there were several of what they hold. */
export const ALIASES: ReadonlyMap<string, string> = new Map([
  ['streamPath', 'streamPaths'],
  ['streamType', 'streamTypes'],
  ['trustedProxy', 'trustedProxies'],
]);

/** The file as a whole. Each block that has keys of its own has a file of its own beside this one. */
export const gatewayBlock = block({
  upstream: text(
    {
      description:
        'URL of where requests go that no route takes, or `unix:/path/of.sock`. A path in it is put before the path of every request. Needed unless there are `routes`.',
    },
    'URL',
  ).exactOptional(),
  listen: address({
    description: 'Address and port for clients; port 0 picks a free one. Or a unix socket.',
    preset: formatAddress(GATEWAY_DEFAULTS.listen),
  }).exactOptional(),
  listeners: z
    .array(listenerEntry)
    .meta({ description: 'Several addresses, in place of `listen`.', form: 'list of listeners' })
    .exactOptional(),
  admin: addressOrOff('Address and port of the admin server.').exactOptional(),
  tlsCert: textOrOff('PEM file with the certificate for clients, its chain behind it.', {
    form: 'file or `off`',
  }).exactOptional(),
  tlsKey: textOrOff('PEM file with its key.', { form: 'file or `off`' }).exactOptional(),
  upstreamCa: textOrOff(
    'PEM file with the certificates that vouch for those of `https:` upstreams, in place of the system’s.',
    { form: 'file or `off`' },
  ).exactOptional(),
  upstreamCert: textOrOff('PEM file with the certificate that upstreams are shown.', {
    form: 'file or `off`',
  }).exactOptional(),
  upstreamKey: textOrOff('PEM file with its key.', { form: 'file or `off`' }).exactOptional(),
  upstreams: z
    .record(z.string(), upstreamEntry)
    .meta({ description: 'Upstreams by name, for `routes`.', form: 'mapping of names to upstreams' })
    .exactOptional(),
  routes: z
    .array(routeEntry)
    .meta({
      description:
        'Which requests go where; the first route that matches counts. Behind them come those that `upstream` and `streamPaths` make.',
      form: 'list of routes',
    })
    .exactOptional(),
  streamPaths: texts(
    {
      description: 'Globs of the paths that go to `upstream` as streams. `streamPath` is the same.',
      preset: GATEWAY_DEFAULTS.streamPaths,
    },
    'list of globs',
  ).exactOptional(),
  streamTypes: texts(
    {
      description: 'Media types that are streams besides `text/event-stream`. `streamType` is the same.',
      preset: [],
    },
    'list of media types',
  ).exactOptional(),
  hostHeader: choice(HOST_HEADERS, {
    description:
      'Whose `Host` upstreams get that do not say for themselves: the client’s, or that of the target’s URL.',
    preset: GATEWAY_DEFAULTS.hostHeader,
  }).exactOptional(),
  trustedProxies: texts(
    {
      description:
        'Addresses and CIDR blocks of proxies in front, whose `X-Forwarded-*` and `Forwarded` are kept; `unix` for all that connect over a unix socket. `trustedProxy` is the same.',
      preset: [],
    },
    'list of addresses',
  ).exactOptional(),
  ...routeBounds,
  requestHeadTimeout: duration(
    'How long a client may take for a request head.',
    GATEWAY_DEFAULTS.requestHeadTimeoutMs,
  ).exactOptional(),
  maxRequestHead: size(
    'Larger request heads are answered 431; from 1k to 1m.',
    GATEWAY_DEFAULTS.maxRequestHeadBytes,
  ).exactOptional(),
  drainTimeout: duration(
    'How long the shutdown may take to end streams and requests.',
    GATEWAY_DEFAULTS.drainTimeoutMs,
  ).exactOptional(),
  drainDelay: duration(
    'How long connections are taken at shutdown while `/readyz` says 503 already.',
    GATEWAY_DEFAULTS.drainDelayMs,
  ).exactOptional(),
  drainRetry: durationOrOff(
    'What `EventSource` clients are asked at most to wait before they come back after a shutdown.',
  ).exactOptional(),
  mode: choice(GATEWAY_MODES, {
    description: '`observe` changes nothing, and says what `passthrough` would change.',
    preset: GATEWAY_DEFAULTS.mode,
  }).exactOptional(),
  workers: special(readWorkers, {
    anyOf: [{ type: 'integer', minimum: 1, maximum: MOST_WORKERS }, { const: 'auto' }],
    form: 'number or `auto`',
    description: 'Processes that serve the addresses together; `auto`: one per core.',
    preset: 1,
  }).exactOptional(),
  maxConnections: countOrOff(
    'Client connections at a time; the first request on a further one is answered 503.',
  ).exactOptional(),
  maxStreams: countOrOff(
    'Streams at a time, on all routes together; further ones are answered 503.',
  ).exactOptional(),
  maxStreamsPerClient: countOrOff(
    'The same for each client address; of IPv6 for each /64 network.',
  ).exactOptional(),
  via: textOrOff('Name of this gateway in `Via`.').exactOptional(),
  serverTiming: onOrOff(
    'Says in `Server-Timing` how long the upstream took.',
    GATEWAY_DEFAULTS.serverTiming,
  ).exactOptional(),
  check: onOrOff(
    'Answers experiments, and browsers with a check page, below `/.well-known/unclog/`, behind any prefix, to anybody who asks.',
    GATEWAY_DEFAULTS.check,
  ).exactOptional(),
  compareOrigin: textOrOff(
    'Second origin that browsers reach without passing what stands in front of this gateway: the check page compares both ways.',
    { form: 'URL or `off`' },
  ).exactOptional(),
  allowOrigin: texts(
    {
      description: 'Origins of check pages elsewhere that may measure against this gateway (CORS).',
      preset: [],
    },
    'list of origins',
  ).exactOptional(),
  watch: onOrOff('Reload when this file changes.', false).exactOptional(),
  logLevel: choice(LOG_LEVELS, { description: 'What is logged.', preset: 'info' }).exactOptional(),
});

/** A file that was understood, or the same from flags and variables. */
export interface CheckedConfig {
  options: GatewayOptions;
  workers: number;
  /** The file is looked at, and read again when it changes. */
  watch: boolean;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** The file, and what it means. */
export const gatewayConfig = gatewayBlock.transform(
  ({ workers = 1, logLevel = 'info', watch = false, ...given }): CheckedConfig => ({
    workers,
    logLevel,
    watch,
    options: renamed(given, {
      ...BOUND_NAMES,
      requestHeadTimeout: 'requestHeadTimeoutMs',
      maxRequestHead: 'maxRequestHeadBytes',
      drainTimeout: 'drainTimeoutMs',
      drainDelay: 'drainDelayMs',
      drainRetry: 'drainRetryMs',
    }),
  }),
);
