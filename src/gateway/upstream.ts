import { connect as connectTcp, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net';
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
  const options = connectOptions(target, onread);
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

/**
 * Tells an end from a reset, which comes as an error. libuv reports a reset as an ordinary end when bytes before it were
 * still unread (`uv__stream_io`, `POLLHUP` after a partial read), so the socket is asked once more: on a connection that
 * was reset a write fails, and an empty line after a whole request means nothing to an upstream that has closed. On a
 * unix socket each write after an end fails: it cannot be asked.
 */
export function confirmEnd(socket: Socket, onKnown: (error?: Error | null) => void): void {
  socket.write('\r\n', 'latin1', onKnown);
}

/** Without a spread: this runs once for each stream. */
function connectOptions({ hostname, port, socketPath }: UpstreamTarget, onread: OnReadOpts): NetConnectOpts {
  // Node would close our side at the upstream's FIN, and with it the way to tell a reset from an end.
  if (socketPath !== null) return { path: socketPath, onread, allowHalfOpen: true };
  return {
    host: hostname,
    port,
    onread,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  };
}
