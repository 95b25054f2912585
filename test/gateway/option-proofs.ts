/** Where a test is that sees an option act from outside: its file in this folder, and its name or how that begins. */
type Proof = readonly [file: string, test: string];

const BOUNDS: Proof = [
  'options-act',
  'max-request-body, head-timeout, idle-timeout, request-body-idle-timeout',
];
const PLACES: Proof = ['options-act', 'max-streams, max-streams-per-client, queue'];
const AGES: Proof = ['options-act', 'max-age, slow-client-timeout'];
const CONNECTING: Proof = ['options-act', 'retries, connect-timeout'];
const WHOLE: Proof = [
  'options-act',
  'host-header, trusted-proxy, via, server-timing, stream-type, max-request-head, request-head-timeout, log-level',
];
const CHECKS: Proof = [
  'options-act',
  'healthCheck with path, interval, timeout, healthyAfter, unhealthyAfter and headers',
];
const LINES: Proof = ['stream-options-command', 'opening comment, padding, retry, heartbeat and stamps act'];
const OWN_LINES: Proof = [
  'options-act',
  'opening-comment, opening-padding, retry, heartbeat, stamp, early-head of a route',
];
const UPSTREAM_FILES: Proof = [
  'upstream-certificates-reload',
  'are read again when their files change, and one that cannot be used changes nothing',
];
const TLS: Proof = ['tls-command', 'a certificate that is given by %s is shown to clients'];
const WEIGHT: Proof = ['weights', 'gets three requests of four by round robin, not all in a row'];
const ROUTE: Proof = [
  'options-act',
  'balance and stickyHeader, and of a route name, methods, hosts and kind',
];
const EJECTION: Proof = ['options-act', 'ejection with failures and for, hostHeader'];
const MADE: Proof = [
  'config-command',
  'is served, on each of its addresses; flags hold for routes that say nothing themselves',
];

/** Keys at the top of the file that routes may have as well, with the proof for each place. */
const OF_ROUTES = {
  connectTimeout: [CONNECTING],
  headTimeout: [BOUNDS, MADE],
  idleTimeout: [BOUNDS],
  maxAge: [AGES],
  slowClientTimeout: [AGES],
  requestBodyIdleTimeout: [BOUNDS],
  maxRequestBody: [BOUNDS],
  queue: [PLACES],
  retries: [CONNECTING],
  heartbeat: [LINES, OWN_LINES],
  openingComment: [LINES, OWN_LINES],
  openingPadding: [LINES, OWN_LINES],
  retry: [LINES, OWN_LINES],
  earlyHead: [['stream-options-command', 'an early head acts'], OWN_LINES],
  stamp: [LINES, OWN_LINES],
  streamTypes: [WHOLE, ['routes', 'its stream types']],
  maxStreams: [PLACES],
  maxStreamsPerClient: [PLACES],
} as const satisfies Record<string, readonly Proof[]>;

/** Each key of the configuration, by block, and the tests that see it act. Flags are keys of `The file`. */
export const OPTION_PROOFS: Readonly<Record<string, Readonly<Record<string, readonly Proof[]>>>> = {
  gateway: {
    ...OF_ROUTES,
    upstream: [['command', 'listens, relays, logs on stderr, and ends with 0 on %s']],
    listen: [['command', 'listens, relays, logs on stderr, and ends with 0 on %s']],
    listeners: [MADE],
    admin: [['drain-options', '--drain-delay gives it']],
    tlsCert: [TLS],
    tlsKey: [TLS],
    upstreamCa: [UPSTREAM_FILES],
    upstreamCert: [UPSTREAM_FILES],
    upstreamKey: [UPSTREAM_FILES],
    upstreams: [MADE],
    routes: [MADE],
    streamPaths: [['command', 'takes globs from the flag before the environment before the file']],
    hostHeader: [WHOLE],
    trustedProxies: [
      WHOLE,
      ['unix-proxies', 'that is trusted is believed, and each client that it names counts for itself'],
    ],
    requestHeadTimeout: [WHOLE],
    maxRequestHead: [WHOLE],
    drainTimeout: [['command', 'drains: a stream under way ends in a bounded time']],
    drainDelay: [['drain-options', '--drain-delay gives it']],
    drainRetry: [['drain-options', '--drain-retry gives it']],
    mode: [['stream-options-command', 'observe mode acts']],
    check: [['check-path', 'with check it answers behind any prefix, and the rest goes on to the upstream']],
    compareOrigin: [['check-page-options', 'a gateway tells its check page of the second origin']],
    allowOrigin: [['check-page-options', 'a gateway lets the named page read, and no other']],
    workers: [['workers', 'spreads streams over both workers, which answer as one on the admin server']],
    maxConnections: [['options-act', 'max-connections']],
    via: [WHOLE],
    serverTiming: [WHOLE],
    watch: [
      [
        'reload',
        'unclog gateway --watch reloads when the file has changed, also when another takes its place',
      ],
    ],
    logLevel: [WHOLE],
  },
  listeners: {
    listen: [MADE],
    tlsCert: [['listener-certificates', 'one has TLS and another has not, or has a certificate of its own']],
    tlsKey: [['listener-certificates', 'one has TLS and another has not, or has a certificate of its own']],
  },
  upstreams: {
    targets: [WEIGHT],
    balance: [ROUTE, ['weights', 'gets three streams of four by least streams']],
    stickyHeader: [ROUTE],
    hostHeader: [EJECTION],
    healthCheck: [CHECKS],
    ejection: [EJECTION],
  },
  targets: { url: [WEIGHT], weight: [WEIGHT] },
  healthCheck: {
    path: [CHECKS],
    interval: [CHECKS],
    timeout: [CHECKS],
    healthyAfter: [CHECKS],
    unhealthyAfter: [CHECKS],
    headers: [CHECKS],
  },
  ejection: { failures: [EJECTION], for: [EJECTION] },
  routes: {
    ...OF_ROUTES,
    name: [ROUTE],
    paths: [MADE],
    hosts: [ROUTE],
    methods: [ROUTE],
    upstream: [MADE],
    kind: [ROUTE],
  },
};

/** Flags that are no keys of the file. */
export const FLAG_PROOFS: Readonly<Record<string, readonly Proof[]>> = {
  config: [MADE],
  'check-config': [['config-command', 'says in one sentence that a file can be used, and starts nothing']],
  'print-config': [
    [
      'config-command',
      'prints what is in force and where it came from: flag before environment before file before default',
    ],
  ],
};
