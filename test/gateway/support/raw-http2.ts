import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

/** Frame types: RFC 9113 section 6. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags; ACK and END_STREAM share a bit. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export interface Frame {
  type: number;
  flags: number;
  id: number;
  payload: Buffer;
}

const WITHIN_MS = 10_000;

/** A frame as on the wire. */
export function frame(type: number, flags: number, id: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload as string, 'latin1');
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, bytes]);
}

/** A header block of literals that no table has (RFC 7541 section 6.2.2): any bytes as names and values. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of fields)
    parts.push(Buffer.from([0]), length(name.length), latin1(name), length(value.length), latin1(value));
  return Buffer.concat(parts);
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** An integer with a prefix of seven bits: RFC 7541 section 5.1. */
function length(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

export type FieldPairs = readonly (readonly [string, string])[];

export const GET_STREAM: FieldPairs = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'a.test'],
  [':path', '/stream'],
];

export function request(id: number, fields: FieldPairs = GET_STREAM, flags: number = FLAG.endStream): Buffer {
  return frame(FRAME.headers, flags | FLAG.endHeaders, id, block(fields));
}

/** The client's side of an HTTP/2 connection whose every frame is written by the test. */
export class RawHttp2 {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];
  isOver = false;
  /** Bytes received. */
  received = 0;
  #rest = Buffer.alloc(0);
  /** PINGs are answered. */
  answersPings = true;
  #wake: () => void = () => {};

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isOver = true;
      this.#wake();
    });
  }

  write(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** The first frame of this type (and stream, where given) that came or comes. */
  async until(type: number, id?: number): Promise<Frame> {
    const find = (): Frame | undefined =>
      this.frames.find((one) => one.type === type && (id === undefined || one.id === id));
    await this.#when(() => find() !== undefined, `frame of type ${type}`);
    return find() as Frame;
  }

  async untilOver(): Promise<void> {
    await this.#when(() => this.isOver, 'end');
  }

  /** The code with which the gateway has closed the connection. */
  async untilGoaway(): Promise<number> {
    return (await this.until(FRAME.goaway)).payload.readUInt32BE(4);
  }

  /** The code with which a stream was reset. */
  async untilReset(id: number): Promise<number> {
    return (await this.until(FRAME.rstStream, id)).payload.readUInt32BE(0);
  }

  async #when(isSo: () => boolean, what: string): Promise<void> {
    const endMs = performance.now() + WITHIN_MS;
    while (!isSo()) {
      const shown = this.frames.map(({ type, id, flags }) => `${type}/${flags}@${id}`).join(' ');
      if (this.isOver || performance.now() > endMs)
        throw new Error(`no ${what}; ${this.isOver ? 'over' : 'open'}, frames: ${shown}`);
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, 50);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  }

  #read(bytes: Buffer): void {
    this.received += bytes.length;
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      if (this.#rest.length < 9) break;
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      const type = this.#rest.readUInt8(3);
      const flags = this.#rest.readUInt8(4);
      const payload = Buffer.from(this.#rest.subarray(9, end));
      if (type === FRAME.ping && flags === 0 && this.answersPings)
        this.write(frame(FRAME.ping, FLAG.ack, 0, payload));
      this.frames.push({
        type,
        flags,
        id: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload,
      });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }
}

/** Settings as on the wire: pairs of identifier and value. */
export function settings(pairs: readonly (readonly [number, number])[] = []): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  pairs.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return frame(FRAME.settings, 0, 0, payload);
}

/** Settings that a client may send: RFC 9113 section 6.5.2. */
export const SETTING = { headerTableSize: 1, initialWindowSize: 4, maxFrameSize: 5 } as const;

/** Connects to a port of 127.0.0.1 and sends the preface with these settings; closed at the end of the test. */
export async function connectRawHttp2(
  port: number,
  pairs: readonly (readonly [number, number])[] = [],
): Promise<RawHttp2> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  const peer = new RawHttp2(socket);
  peer.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings(pairs));
  return peer;
}
