import type { Socket } from 'node:net';
import { type Fault, rawAnswerTo } from './errors.ts';
import { LIMITS } from './limits.ts';

const FAULT_OF_CODE: Readonly<Record<string, Fault>> = {
  HPE_HEADER_OVERFLOW: 'request-head-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/**
 * Answers what Node's parser refused, in place of Node's own answer, which carries no `Proxy-Status`. Once an answer
 * is under way on the connection one more would be read as part of it: then the connection just ends. Behind the last
 * answer on it as well, when that one's bytes are out: an answer that the end delimits would go on with ours.
 * Returns why the request was refused; null when the connection failed instead.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  state: 'free' | 'answering' | 'ending',
): Fault | null {
  const code = error.code ?? '';
  const isRefusal = code.startsWith('HPE_') || code in FAULT_OF_CODE;
  const fault = FAULT_OF_CODE[code] ?? 'bad-request';
  if (state === 'answering' || !socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return isRefusal ? fault : null;
  }
  socket.on('error', () => socket.destroy());
  if (state === 'ending') socket.end();
  else socket.end(rawAnswerTo(fault));
  const linger = setTimeout(() => socket.destroy(), LIMITS.lingerMs);
  socket.once('close', () => clearTimeout(linger));
  return isRefusal ? fault : null;
}
