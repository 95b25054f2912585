import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { UpstreamTarget } from './upstreams/options.ts';

/** A connection to an upstream goes quiet for hours; a vanished machine is found by TCP's own probes. */
const KEEP_ALIVE_DELAY_MS = 30_000;

/**
 * Opens a connection. `onBytes` gets each read in the turn in which the kernel had it, as `block[0, bytes)`, and
 * returns false to stop reading until `socket.resume()`. `nextBlock` is asked before the first read and after each
 * one where the next is to go; it may be a block that other connections read to as well.
 */
export function connectUpstream(
  target: UpstreamTarget,
  onBytes: (bytes: number, block: Buffer) => boolean,
  nextBlock: () => Buffer,
): Socket {
  const onread: OnReadOpts = { buffer: nextBlock, callback: onBytes as OnReadOpts['callback'] };
  const where =
    target.socketPath === null ? { host: target.hostname, port: target.port } : { path: target.socketPath };
  const options = {
    ...where,
    onread,
    // Node would close our side at the upstream's FIN, and with it the way to tell a reset from an end.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  };
  if (!target.tls) return connectTcp(options);
  const socket = connectTls({
    ...options,
    servername: target.serverName,
    ALPNProtocols: ['http/1.1'],
    ...(target.secureContext !== null && { secureContext: target.secureContext }),
  });
  socket.setNoDelay(true);
  return socket;
}
