import type { RunClock } from '../clock.ts';
import type { Channel } from './answer-sink.ts';
import type { Dialled } from './dial.ts';
import { Http1Reader } from './http1-reader.ts';
import { requestBytes } from './request-bytes.ts';

/** HTTP/1 over a socket, without a parser in between that would keep back what it saw. */
export function createHttp1Channel({ socket, forward, httpVersion }: Dialled, clock: RunClock): Channel {
  let reader: Http1Reader | null = null;
  let closed = false;
  let failure: NodeJS.ErrnoException | null = null;
  const end = (): void => {
    closed = true;
    reader?.end(failure, failure?.code === 'ECONNRESET', clock.nowMs());
  };
  socket.on('data', (bytes: Buffer) => reader?.feed(bytes, clock.nowMs()));
  socket.on('end', end);
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error;
  });
  socket.on('close', end);
  // A tunnel's socket was paused by hand.
  socket.resume();
  return {
    get usable() {
      return !closed && (reader === null || reader.reusable);
    },
    exchange: (request, sink, onSent) => {
      const bytes = requestBytes(request, {
        httpVersion: httpVersion === '1.0' ? '1.0' : '1.1',
        absolute: forward !== null,
        proxyAuthorization: forward?.authorization ?? null,
      });
      reader = new Http1Reader(request.method, sink);
      if (closed) end();
      else socket.write(bytes, (error) => error == null && onSent(clock.nowMs()));
    },
    more: (bytes) => {
      if (!closed) socket.write(bytes);
    },
    close: () => {
      reader = null;
      closed = true;
      socket.destroy();
    },
  };
}
