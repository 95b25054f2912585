import type { Worker } from 'node:cluster';
import type { Logger } from 'pino';
import type { ToWorker, WorkerSnapshot } from './cluster-messages.ts';

/** How long a worker may take to say what it knows. */
const SNAPSHOT_MS = 2_000;

/** Asks workers what they know. */
export interface SnapshotRequests {
  /** Null when it has gone, or does not answer in time. */
  ask(worker: Worker): Promise<WorkerSnapshot | null>;
  /** A worker has answered. */
  answered(answer: { id: number; snapshot: WorkerSnapshot }): void;
}

export function createSnapshotRequests(logger: Logger): SnapshotRequests {
  const asked = new Map<number, (snapshot: WorkerSnapshot) => void>();
  let lastId = 0;
  return {
    ask(worker) {
      if (!worker.isConnected()) return Promise.resolve(null);
      const id = ++lastId;
      return new Promise((resolve) => {
        const done = (snapshot: WorkerSnapshot | null): void => {
          clearTimeout(late);
          worker.off('exit', onExit);
          asked.delete(id);
          resolve(snapshot);
        };
        const onExit = (): void => done(null);
        const late = setTimeout(() => {
          logger.warn({ worker: worker.process.pid }, 'worker does not answer');
          done(null);
        }, SNAPSHOT_MS);
        worker.once('exit', onExit);
        asked.set(id, done);
        worker.send({ type: 'snapshot', id } satisfies ToWorker, () => {});
      });
    },
    answered: ({ id, snapshot }) => asked.get(id)?.(snapshot),
  };
}
