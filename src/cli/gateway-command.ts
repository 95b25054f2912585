import type { Logger } from 'pino';
import type { CommandModule } from 'yargs';
import type { RunningCluster } from '../gateway/cluster.ts';
import { isClusterWorker, runClusterWorker } from '../gateway/cluster-worker.ts';
import { createGateway, type GatewayOptions, type RunningGateway } from '../gateway/gateway.ts';
import { EXIT } from './exit-codes.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { GATEWAY_FLAGS, GATEWAY_KINDS } from './gateway-flags.ts';
import { createLogger } from './gateway-log.ts';
import { gatherGiven } from './option-sources.ts';
import { reloadOnDemand } from './reload.ts';
import { createServiceManager } from './service-manager.ts';

const ENV_PREFIXES = ['UNCLOG_GATEWAY_', 'UNCLOG_'];

/** `unclog gateway`: runs until SIGINT or SIGTERM, then drains; a second signal ends the drain. SIGHUP reloads. */
export const gatewayCommand: CommandModule = {
  command: 'gateway',
  describe: 'passes requests to upstreams; streams without holding a byte',
  builder: (yargs) =>
    yargs
      .usage(
        '$0 gateway --upstream URL\n\nEvery option is also read from the environment (UNCLOG_STREAM_PATH=/a,/b) and from a YAML file (streamPath: [/a, /b]), which also has upstreams and routes.',
      )
      .options(GATEWAY_FLAGS),
  handler: async (argv) => {
    if (isClusterWorker()) {
      await runClusterWorker(createLogger);
      return;
    }
    // Loaded only here: neither workers nor other commands need the schema.
    const { loadGatewayConfig } = await import('./gateway-config.ts');
    const load = (): GatewayConfig =>
      loadGatewayConfig(gatherGiven({ kinds: GATEWAY_KINDS, argv, envPrefixes: ENV_PREFIXES }));
    const config = load();
    if (argv['print-config'] === true) process.stdout.write(config.print());
    else if (argv['check-config'] === true) process.stdout.write(`${summary(config)}\n`);
    else await run(config, load);
  },
};

function summary({ options }: GatewayConfig): string {
  const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;
  const upstreams = Object.keys(options.upstreams ?? {}).length + (options.upstream === undefined ? 0 : 1);
  const parts = [
    count(options.listeners?.length ?? 1, 'listener'),
    count(upstreams, 'upstream'),
    count(options.routes?.length ?? 0, 'route'),
  ];
  return `the configuration can be used: ${parts.join(', ')}`;
}

async function run(config: GatewayConfig, load: () => GatewayConfig): Promise<void> {
  const { options, workers, logLevel, watchedFile } = config;
  const logger = createLogger(logLevel);
  const service = createServiceManager(process.env, (sentence) => logger.warn(sentence));
  const gateway = await start({ ...options, logger }, workers, logLevel);
  const status = `serving ${gateway.urls.join(', ')}`;
  const stopReloading = reloadOnDemand({
    read: load,
    apply: (next) => {
      const needRestart = gateway.reload({ ...next.options, logger }, next.logLevel);
      gateway.reloadCertificate();
      logger.level = next.logLevel;
      return [...needRestart, ...(next.workers === workers ? [] : ['workers'])];
    },
    watchedFile,
    logger,
    onBegin: () => {
      logger.flush();
      service.reloading();
    },
    onEnd: () => service.ready(status),
  });
  // Whoever reads the next lines may send a signal at once.
  const signalled = untilSignal();
  for (const url of gateway.urls) process.stderr.write(`listening on ${url}\n`);
  if (gateway.adminUrl !== null) process.stderr.write(`admin on ${gateway.adminUrl}\n`);
  service.ready(status);
  const why = await Promise.race([signalled, ...('gaveUp' in gateway ? [gateway.gaveUp] : [])]);
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

async function start(
  options: GatewayOptions & { logger: Logger },
  workers: number,
  logLevel: string,
): Promise<RunningGateway | RunningCluster> {
  if (workers === 1) return createGateway(options);
  const { startCluster } = await import('../gateway/cluster.ts');
  return startCluster({ workers, gateway: options, logLevel });
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
