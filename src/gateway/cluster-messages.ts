import type { ListenAddress } from '../http/listen.ts';
import type { LiveStreams } from './admin-streams.ts';
import type { MetricsSnapshot } from './metrics.ts';
import type { GatewayOptions } from './options.ts';

/** What a worker is told to serve; goes over the wire as JSON. */
export interface WorkerOrders {
  options: Omit<GatewayOptions, 'logger'>;
  /** Of the worker's own logger. */
  logLevel: string;
  /** Where the check path is answered; null: nowhere. */
  checkUrl: string | null;
}

/** What a worker knows, for the admin server of the process that started it. */
export interface WorkerSnapshot {
  metrics: MetricsSnapshot;
  streams: LiveStreams;
}

/** A session was seen to live on a target. */
export interface LearnedSession {
  /** Name of the upstream. */
  upstream: string;
  key: string;
  /** Of the target in the upstream's list. */
  index: number;
}

export type ToWorker =
  | { type: 'start'; orders: WorkerOrders }
  | { type: 'snapshot'; id: number }
  /** For what comes from now on. */
  | { type: 'reload'; orders: WorkerOrders }
  | { type: 'reload-certificate' }
  | { type: 'learned'; session: LearnedSession }
  /** A second one ends the wait. */
  | { type: 'drain' };

export type FromWorker =
  /** Ready for orders. */
  | { type: 'hello' }
  | { type: 'listening'; addresses: readonly ListenAddress[] }
  /** For the other workers. */
  | { type: 'learned'; session: LearnedSession }
  /** It cannot listen, and ends. */
  | { type: 'failed'; code: string; message: string }
  | { type: 'snapshot'; id: number; snapshot: WorkerSnapshot };
