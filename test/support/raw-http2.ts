import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** RFC 9113 section 4.1. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A header block of literal fields that no table is needed for (RFC 7541 section 6.2.2). */
export function fieldBlock(fields: [string, string][]): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const GOAWAY = 7;
export const END_STREAM = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

const SETTINGS = 4;
const ACK = 1;

/** The head of an event stream's answer, on the first stream. */
export const EVENT_STREAM_HEAD = frame(
  HEADERS,
  END_HEADERS,
  1,
  fieldBlock([
    [':status', '200'],
    ['content-type', 'text/event-stream'],
  ]),
);

/** An HTTP/2 server without an implementation behind it: `answer` writes frames once the first request is there. */
export async function startRawHttp2(
  answer: (socket: Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let bytes: Buffer = Buffer.alloc(0);
    let answered = false;
    socket.write(Buffer.concat([frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0)]));
    socket.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      for (let at = 24; at + 9 <= bytes.length && !answered; at += 9 + bytes.readUIntBE(at, 3)) {
        answered = bytes[at + 3] === HEADERS;
        if (answered) answer(socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
