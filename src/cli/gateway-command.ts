import { pino } from 'pino';
import type { CommandModule } from 'yargs';
import { createGateway, type GatewayOptions, type RunningGateway } from '../gateway/gateway.ts';
import { GATEWAY_DEFAULTS, GatewayOptionError, HOST_HEADERS } from '../gateway/options.ts';
import { formatAddress } from '../http/listen.ts';
import { gatherOptions, type OptionKinds, type Options, parseChoice } from './option-sources.ts';
import { parseAddress, parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The plural names read better in a file: `streamPaths:`. */
const KINDS: OptionKinds = {
  upstream: 'text',
  listen: 'text',
  admin: 'text',
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
  'log-level': 'text',
};

const seconds = (ms: number): string => `${ms / 1_000}s`;

/** `unclog gateway`: runs until SIGINT or SIGTERM, then drains; a second signal ends the drain. */
export const gatewayCommand: CommandModule = {
  command: 'gateway',
  describe: 'passes requests to one upstream; streams without holding a byte',
  builder: (yargs) =>
    yargs
      .usage(
        '$0 gateway --upstream URL\n\nEvery option is also read from the environment (UNCLOG_STREAM_PATH=/a,/b) and from a YAML file (streamPath: [/a, /b]).',
      )
      .options({
        upstream: { type: 'string', describe: 'where requests go, e.g. http://127.0.0.1:8000' },
        listen: {
          type: 'string',
          describe: `address and port; port 0 picks one (default ${formatAddress(GATEWAY_DEFAULTS.listen)})`,
        },
        admin: {
          type: 'string',
          describe: 'address and port of /healthz, /readyz, /metrics and /streams (default: off)',
        },
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
        'log-level': { type: 'string', describe: `${LOG_LEVELS.join(', ')} (default info)` },
        config: { type: 'string', describe: 'YAML file with options' },
      }),
  handler: async (argv) =>
    run(gatherOptions({ kinds: KINDS, argv, envPrefixes: ['UNCLOG_GATEWAY_', 'UNCLOG_'] })),
};

function duration(what: string, defaultMs: number) {
  return { type: 'string', describe: `time ${what} (default ${seconds(defaultMs)})` } as const;
}

async function run(options: Options): Promise<void> {
  const level = options.read('log-level', parseChoice(LOG_LEVELS)) ?? 'info';
  const logger = pino({ level }, pino.destination({ dest: 2, sync: true }));
  const gateway = await start({ ...readOptions(options), logger });
  process.stderr.write(`listening on ${gateway.url}\n`);
  if (gateway.adminUrl !== null) process.stderr.write(`admin on ${gateway.adminUrl}\n`);
  await untilSignal();
  const closed = gateway.close();
  void untilSignal().then(() => gateway.close());
  await closed;
}

async function start(options: GatewayOptions): Promise<RunningGateway> {
  try {
    return await createGateway(options);
  } catch (error) {
    if (error instanceof GatewayOptionError) throw new UsageError(error.message);
    throw error;
  }
}

function readOptions(options: Options): GatewayOptions {
  const upstream = options.read('upstream', (_source, text) => text);
  if (upstream === undefined) {
    throw new UsageError('--upstream is missing, expected a URL such as --upstream http://127.0.0.1:8000');
  }
  const texts = (name: string): string[] | undefined =>
    options.readList(name, (_source, text) => text) ?? options.readList(`${name}s`, (_source, text) => text);
  const given = {
    listen: options.read('listen', parseAddress),
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
