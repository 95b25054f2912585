import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { LIMITS } from './limits.ts';
import type { UpstreamTarget } from './options.ts';

/**
 * One read buffer for all upstream connections: tens of thousands of quiet streams then hold none of their own.
 * Bytes in it are valid only until the callback returns.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(LIMITS.readBytes);

/** A connection to an upstream goes quiet for hours; a vanished machine is found by TCP's own probes. */
const KEEP_ALIVE_DELAY_MS = 30_000;

/**
 * Opens a connection. `onBytes` gets each read in the turn in which the kernel had it, as `buffer[0, bytes)` of a
 * buffer shared with all other connections, and returns false to stop reading until `socket.resume()`.
 */
export function connectUpstream(
  target: UpstreamTarget,
  onBytes: (bytes: number, buffer: Buffer) => boolean,
): Socket {
  const onread: OnReadOpts = {
    buffer: READ_BUFFER,
    callback: (bytes, buffer) => onBytes(bytes, buffer as Buffer),
  };
  const options = {
    host: target.hostname,
    port: target.port,
    onread,
    // Node would close our side at the upstream's FIN, and with it the way to tell a reset from an end.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  };
  if (!target.tls) return connectTcp(options);
  const socket = connectTls({ ...options, servername: target.serverName, ALPNProtocols: ['http/1.1'] });
  socket.setNoDelay(true);
  return socket;
}
