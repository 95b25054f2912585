import { availableParallelism } from 'node:os';
import { type Logger, pino } from 'pino';
import type { CommandModule } from 'yargs';
import type { RunningCluster } from '../gateway/cluster.ts';
import { isClusterWorker, runClusterWorker } from '../gateway/cluster-worker.ts';
import { createGateway, type GatewayOptions, type RunningGateway } from '../gateway/gateway.ts';
import { GATEWAY_DEFAULTS, GatewayOptionError, HOST_HEADERS } from '../gateway/options.ts';
import { formatAddress } from '../http/listen.ts';
import { EXIT } from './exit-codes.ts';
import { readStreamOptions, STREAM_FLAGS, STREAM_KINDS } from './gateway-stream-options.ts';
import { gatherOptions, type OptionKinds, type Options, parseChoice } from './option-sources.ts';
import { reloadOnDemand } from './reload.ts';
import { createServiceManager } from './service-manager.ts';
import { parseAddress, parseCount, parseDuration, parseListen } from './units.ts';
import { UsageError } from './usage-error.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The plural names read better in a file: `streamPaths:`. */
const KINDS: OptionKinds = {
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
  via: 'text',
  'server-timing': 'switch',
  ...STREAM_KINDS,
  'log-level': 'text',
  watch: 'switch',
};

const seconds = (ms: number): string => `${ms / 1_000}s`;

/** `unclog gateway`: runs until SIGINT or SIGTERM, then drains; a second signal ends the drain. SIGHUP reloads. */
export const gatewayCommand: CommandModule = {
  command: 'gateway',
  describe: 'passes requests to one upstream; streams without holding a byte',
  builder: (yargs) =>
    yargs
      .usage(
        '$0 gateway --upstream URL\n\nEvery option is also read from the environment (UNCLOG_STREAM_PATH=/a,/b) and from a YAML file (streamPath: [/a, /b]).',
      )
      .options({
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
        'tls-cert': file(
          'with the certificate for clients and its chain: serves TLS and HTTP/2 (default: off)',
        ),
        'tls-key': file('with the key of that certificate (default: off)'),
        'upstream-ca': file(
          "with certificates to trust of an upstream in place of the system's (default: off)",
        ),
        'upstream-cert': file('with the certificate that the upstream is shown (default: off)'),
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
          describe:
            'processes that serve the address together: a number, or auto for one per core (default 1)',
        },
        'max-connections': limit('client connections at a time'),
        'max-streams': limit('streams at a time'),
        via: { type: 'string', describe: 'name of this gateway for the Via field (default: off)' },
        'server-timing': {
          type: 'boolean',
          describe: 'say in Server-Timing how long the upstream took (default: off)',
        },
        ...STREAM_FLAGS,
        'log-level': { type: 'string', describe: `${LOG_LEVELS.join(', ')} (default info)` },
        watch: { type: 'boolean', describe: 'reload when the file of --config changes (default: off)' },
        config: { type: 'string', describe: 'YAML file with options' },
      }),
  handler: async (argv) => {
    if (isClusterWorker()) await runClusterWorker(createLogger);
    else await run(() => gatherOptions({ kinds: KINDS, argv, envPrefixes: ['UNCLOG_GATEWAY_', 'UNCLOG_'] }));
  },
};

function limit(what: string) {
  return { type: 'string', describe: `most ${what}; more are answered 503 (default: off)` } as const;
}

function file(what: string) {
  return { type: 'string', describe: `PEM file ${what}` } as const;
}

function duration(what: string, defaultMs: number) {
  return { type: 'string', describe: `time ${what} (default ${seconds(defaultMs)})` } as const;
}

async function run(gather: () => Options): Promise<void> {
  const options = gather();
  const level = readLevel(options);
  const workers = options.read('workers', parseWorkers) ?? 1;
  const watchedFile = readWatchedFile(options);
  const logger = createLogger(level);
  const service = createServiceManager(process.env, (sentence) => logger.warn(sentence));
  const gateway = await start({ ...readOptions(options), logger }, workers, level);
  const stopReloading = reloadOnDemand({
    read: () => {
      const anew = gather();
      const isSame = (anew.read('workers', parseWorkers) ?? 1) === workers;
      return { level: readLevel(anew), options: readOptions(anew), left: isSame ? [] : ['workers'] };
    },
    apply: ({ level: nextLevel, options: next, left }) => {
      const needRestart = asUsage(() => gateway.reload({ ...next, logger }, nextLevel));
      gateway.reloadCertificate();
      logger.level = nextLevel;
      return [...needRestart, ...left];
    },
    watchedFile,
    logger,
    onBegin: () => service.reloading(),
    onEnd: () => service.ready(`serving ${gateway.url}`),
  });
  // Heard from here on: whoever reads that it listens may stop it at once.
  const stopped = untilSignal();
  process.stderr.write(`listening on ${gateway.url}\n`);
  if (gateway.adminUrl !== null) process.stderr.write(`admin on ${gateway.adminUrl}\n`);
  service.ready(`serving ${gateway.url}`);
  const why = await Promise.race([stopped, ...('gaveUp' in gateway ? [gateway.gaveUp] : [])]);
  if (why !== undefined) {
    process.stderr.write(`unclog: ${why}\n`);
    process.exitCode = EXIT.failed;
  }
  stopReloading();
  // A reload that comes too late must not end the process, which is what the signal does by itself.
  process.on('SIGHUP', () => {});
  const said = service.stopping(gateway.closesWithinMs);
  const closed = gateway.close();
  void untilSignal().then(() => gateway.close());
  await Promise.all([closed, said]);
}

function readLevel(options: Options): (typeof LOG_LEVELS)[number] {
  return options.read('log-level', parseChoice(LOG_LEVELS)) ?? 'info';
}

function readWatchedFile(options: Options): string | null {
  if (!options.isOn('watch')) return null;
  const file = options.given('config');
  if (file !== undefined) return String(file.value);
  throw new UsageError(
    `${options.given('watch')?.source}: there is no file to watch, expected --config FILE`,
  );
}

function createLogger(level: string): Logger {
  return pino({ level }, pino.destination({ dest: 2, sync: true }));
}

const MOST_WORKERS = 256;

function parseWorkers(source: string, text: string): number {
  if (text === 'auto') return Math.min(availableParallelism(), MOST_WORKERS);
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > MOST_WORKERS)
    throw new UsageError(`${source}: "${text}" is not a number from 1 to ${MOST_WORKERS}, nor auto`);
  return Number(text);
}

/** `off` takes back what a file or the environment says. */
function parseLimit(source: string, text: string): number | null {
  return text === 'off' ? null : parseCount(source, text);
}

async function start(
  options: GatewayOptions & { logger: Logger },
  workers: number,
  logLevel: string,
): Promise<RunningGateway | RunningCluster> {
  try {
    if (workers === 1) return await createGateway(options);
    const { startCluster } = await import('../gateway/cluster.ts');
    return await startCluster({ workers, gateway: options, logLevel });
  } catch (error) {
    throw usageErrorOf(error);
  }
}

function asUsage<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw usageErrorOf(error);
  }
}

function usageErrorOf(error: unknown): unknown {
  return error instanceof GatewayOptionError ? new UsageError(error.message) : error;
}
const asIs = (_source: string, text: string): string => text;

function readOptions(options: Options): GatewayOptions {
  const upstream = options.read('upstream', asIs);
  if (upstream === undefined) {
    throw new UsageError('--upstream is missing, expected a URL such as --upstream http://127.0.0.1:8000');
  }
  const texts = (name: string): string[] | undefined =>
    options.readList(name, (_source, text) => text) ?? options.readList(`${name}s`, (_source, text) => text);
  const given = {
    listen: options.read('listen', parseListen),
    tlsCert: options.read('tls-cert', asIs),
    tlsKey: options.read('tls-key', asIs),
    upstreamCa: options.read('upstream-ca', asIs),
    upstreamCert: options.read('upstream-cert', asIs),
    upstreamKey: options.read('upstream-key', asIs),
    admin: options.read('admin', parseAddress),
    streamPaths: texts('stream-path'),
    streamTypes: texts('stream-type'),
    hostHeader: options.read('host-header', parseChoice(HOST_HEADERS)),
    connectTimeoutMs: options.read('connect-timeout', parseDuration),
    headTimeoutMs: options.read('head-timeout', parseDuration),
    slowClientTimeoutMs: options.read('slow-client-timeout', parseDuration),
    requestBodyIdleTimeoutMs: options.read('request-body-idle-timeout', parseDuration),
    requestHeadTimeoutMs: options.read('request-head-timeout', parseDuration),
    drainTimeoutMs: options.read('drain-timeout', parseDuration),
    drainDelayMs: options.read('drain-delay', parseDuration),
    drainRetryMs: options.read('drain-retry', (source, text) =>
      text === 'off' ? null : parseDuration(source, text),
    ),
    maxConnections: options.read('max-connections', parseLimit),
    maxStreams: options.read('max-streams', parseLimit),
    via: options.read('via', (_source, text) => (text === 'off' ? null : text)),
    serverTiming: options.isOn('server-timing'),
    ...readStreamOptions(options),
  };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { upstream, ...known };
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      process.off('SIGINT', done).off('SIGTERM', done);
      resolve();
    };
    process.on('SIGINT', done).on('SIGTERM', done);
  });
}
