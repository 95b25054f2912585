import type { ListenAddress } from '../http/listen.ts';
import type { GatewayOptions, GatewaySettings } from './options.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port` or `https://host:port` of the first address in use; `unix:` and the path of a unix socket. */
  readonly url: string;
  /** The same of all addresses, in the order of the options. */
  readonly urls: readonly string[];
  readonly address: ListenAddress;
  readonly addresses: readonly ListenAddress[];
  /** `http://host:port` of the admin server; null without one. */
  readonly adminUrl: string | null;
  /** Requests and streams under way. */
  readonly openExchanges: number;
  /** How long {@link close} takes at most, in milliseconds. */
  readonly closesWithinMs: number;
  /**
   * Reads the certificate for clients and its key again, as happens by itself when the files change; open connections
   * keep theirs. Returns false, and says why in the log, when they cannot be used: the ones in use stay. Without TLS
   * there is nothing to do.
   */
  reloadCertificate(): boolean;
  /**
   * Drains: after `drainDelayMs` takes no new connection; within `drainTimeoutMs` ends each stream between two events,
   * then breaks the rest off. Resolves when every connection is closed. A second call ends the wait.
   */
  close(): Promise<void>;
  /**
   * Puts other options in force: for what comes from now on, never for what is under way. Returns the names of those
   * that differ and take a restart: `listen`, `tlsCert`, `tlsKey`, `admin`, `maxConnections`, `maxRequestHead`, `check`.
   * @throws GatewayOptionError when an option cannot be used; the old ones stay in force then
   */
  reload(options: GatewayOptions): readonly string[];
}

/** How long what was written last may take to get to slow readers. */
export const lastWriteMs = (slowClientTimeoutMs: number): number => Math.min(slowClientTimeoutMs, 2_000);

/** How long the shutdown of a gateway with these settings takes at most. */
export function closesWithinMs({
  drainDelayMs,
  drainTimeoutMs,
  slowClientTimeoutMs,
}: GatewaySettings): number {
  return drainDelayMs + drainTimeoutMs + lastWriteMs(slowClientTimeoutMs);
}
