import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { LIMITS } from './limits.ts';

/** Requests that wait on each connection. */
const waiting = new WeakMap<Socket, number>();

/** Do requests wait on this connection? */
export function hasWaitingRequests(socket: Socket): boolean {
  return (waiting.get(socket) ?? 0) > 0;
}

/**
 * Starts a request as soon as its response owns the connection. Node hands over pipelined requests at once, with
 * `res.socket === null`: one that started then would write into the answer before it, and a hundred of them would open
 * a hundred upstream connections. Until its turn a request opens nothing; a connection with more waiting requests, or
 * more body bytes in one of them, than the limits allow is closed.
 */
export function whenItsTurn(
  req: IncomingMessage,
  res: ServerResponse,
  start: (body: Readable) => void,
): void {
  if (res.socket !== null) {
    start(req);
    return;
  }
  const { socket } = req;
  const count = (waiting.get(socket) ?? 0) + 1;
  waiting.set(socket, count);
  if (count > LIMITS.waitingRequests) {
    socket.destroy();
    return;
  }
  // Node stops reading the connection while a body is not read, and then nobody sees the client leave.
  // Room for more than the bound, so that the bound is met before the pipe stops reading.
  const body = new PassThrough({ highWaterMark: 2 * LIMITS.waitingBodyBytes });
  let bytes = 0;
  const measure = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > LIMITS.waitingBodyBytes) socket.destroy();
  };
  req.on('data', measure);
  req.pipe(body);
  res.once('socket', () => {
    waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
    req.off('data', measure);
    start(body);
  });
}
