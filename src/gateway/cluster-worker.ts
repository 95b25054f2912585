import cluster from 'node:cluster';
import type { Logger } from 'pino';
import { ListenError } from '../http/listen.ts';
import type { FromWorker, ToWorker, WorkerOrders } from './cluster-messages.ts';
import { createWorkerGateway } from './gateway.ts';

/** Set for processes that {@link startCluster} starts: other supervisors use `node:cluster`, too. */
export const WORKER_VARIABLE = 'UNCLOG_IS_WORKER';

/** Was this process started to serve a part of a cluster's connections? */
export function isClusterWorker(): boolean {
  return cluster.isWorker && process.env[WORKER_VARIABLE] === '1';
}

/**
 * Serves as a worker until the process that started it says to drain, then ends this process. When that process is
 * gone, Node ends this one at once.
 */
export async function runClusterWorker(createLogger: (level: string) => Logger): Promise<void> {
  // A terminal and some supervisors signal the whole group; only the first process decides.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  const { options, logLevel, checkUrl } = await untilOrders();
  const logger = createLogger(logLevel);
  try {
    const { gateway, snapshot, learn } = await createWorkerGateway(
      { ...options, logger },
      checkUrl,
      (session) => tell({ type: 'learned', session }),
    );
    process.on('message', (message: ToWorker) => {
      if (message.type === 'drain') void gateway.close().then(() => process.exit(0));
      else if (message.type === 'reload') {
        logger.level = message.orders.logLevel;
        // Checked by the process that sent them.
        gateway.reload({ ...message.orders.options, logger });
      } else if (message.type === 'reload-certificate') gateway.reloadCertificate();
      else if (message.type === 'learned') learn(message.session);
      else if (message.type === 'snapshot')
        void snapshot().then((taken) => tell({ type: 'snapshot', id: message.id, snapshot: taken }));
    });
    tell({ type: 'listening', addresses: gateway.addresses });
  } catch (error) {
    const code = error instanceof ListenError ? error.code : '';
    process.send?.({ type: 'failed', code, message: (error as Error).message } satisfies FromWorker, () =>
      process.exit(1),
    );
  }
}

function untilOrders(): Promise<WorkerOrders> {
  return new Promise((resolve) => {
    process.once('message', (message: ToWorker) => {
      if (message.type === 'start') resolve(message.orders);
    });
    tell({ type: 'hello' });
  });
}

/** A message that nobody is left to read is of no interest. */
function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}
