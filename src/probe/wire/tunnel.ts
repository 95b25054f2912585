import { isIPv6, type Socket } from 'node:net';
import type { HeaderList } from '../../types.ts';
import { VERSION } from '../../version.ts';
import { wireError } from './answer-sink.ts';
import { endOfHead, parseFieldLines, parseStatusLine, splitLines } from './head-lines.ts';
import type { ChosenProxy } from './proxy-choice.ts';

const MOST_ANSWER_BYTES = 65_536;

/**
 * Asks a proxy for a tunnel (CONNECT, RFC 9110 section 9.3.6).
 *
 * @param onAnswer hears what the proxy answered, also when it refuses
 * @throws an error with code `UNCLOG_PROXY` when it refuses or answers something else
 */
export function openTunnel(
  socket: Socket,
  to: { host: string; port: number },
  proxy: ChosenProxy,
  onAnswer: (answer: { status: number; headers: HeaderList }) => void,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${isIPv6(to.host) ? `[${to.host}]` : to.host}:${to.port}`;
  const named = `the proxy ${proxy.url}, which ${proxy.from} names,`;
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (error: Error | null): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (error === null) {
        resolve(socket);
        return;
      }
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const refuse = (what: string): void => finish(wireError('UNCLOG_PROXY', `${named} ${what}`));
    const onData = (piece: Buffer): void => {
      bytes = Buffer.concat([bytes, piece]);
      const end = endOfHead(bytes, 0);
      if (end < 0) {
        if (bytes.length > MOST_ANSWER_BYTES) refuse('does not answer as an HTTP proxy');
        return;
      }
      const lines = splitLines(bytes.toString('latin1', 0, end));
      const status = parseStatusLine(lines[0] ?? '');
      if (status === null) {
        refuse('does not answer as an HTTP proxy');
        return;
      }
      onAnswer({ status: status.status, headers: parseFieldLines(lines.slice(1, -2)).headers });
      if (status.status < 200 || status.status > 299) {
        refuse(`refused a tunnel to ${authority}: ${status.status}`);
        return;
      }
      finish(null);
      socket.pause();
      if (end < bytes.length) socket.unshift(bytes.subarray(end));
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      refuse(`broke the connection off: ${error.code ?? error.message}`);
    const onClose = (): void => refuse('closed the connection without an answer');
    const onAbort = (): void => finish(wireError('UNCLOG_INTERRUPTED', 'stopped'));
    socket.on('data', onData).once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    const credentials = proxy.authorization === null ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}User-Agent: unclog/${VERSION}\r\n\r\n`,
    );
  });
}
