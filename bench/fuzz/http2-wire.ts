/** As much of HTTP/2 (RFC 9113) as is needed to write any frame, right or wrong, and to read what comes back. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** So many bytes of a number, Latin-1. */
export function number(value: number, bytes: number): string {
  let text = '';
  for (let i = bytes - 1; i >= 0; i--) text += String.fromCharCode(Math.floor(value / 256 ** i) % 256);
  return text;
}

/** A frame, Latin-1. */
export function frame(type: number, flags: number, stream: number, payload = ''): string {
  return `${number(payload.length, 3)}${number(type, 1)}${number(flags, 1)}${number(stream, 4)}${payload}`;
}

/** A header block of literals that no table has (RFC 7541, 6.2.2): any bytes as names and values. */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): string {
  return fields.map(([name, value]) => `\0${length(name)}${name}${length(value)}${value}`).join('');
}

/** An integer with a prefix of seven bits (RFC 7541, 5.1). */
function length({ length: value }: string): string {
  if (value < 127) return number(value, 1);
  let text = number(127, 1);
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) text += number((rest & 127) | 128, 1);
  return text + number(rest, 1);
}

/** What came back on one stream. */
export interface SeenStream {
  /** Null for all that are not 200: the others are written in more than one way. */
  status: 200 | null;
  body: string;
  end: 'whole' | 'reset' | 'open';
}

/** What came back on a connection. */
export interface SeenFrames {
  streams: Map<number, SeenStream>;
  /** The connection was given up by the other side. */
  isOver: boolean;
  /** What no server may send, or null. */
  fault: string | null;
}

/** Reads a server's side of a connection; the last frame may be cut short. */
export function readFrames(text: string): SeenFrames {
  const seen: SeenFrames = { streams: new Map(), isOver: false, fault: null };
  const value = (at: number, bytes: number): number =>
    Array.from({ length: bytes }, (_, i) => text.charCodeAt(at + i)).reduce(
      (sum, byte) => sum * 256 + byte,
      0,
    );
  for (let at = 0; at + 9 <= text.length; ) {
    const [bytes, type, flags, id] = [value(at, 3), value(at + 3, 1), value(at + 4, 1), value(at + 5, 4)];
    if (bytes > 16_384 || type > FRAME.continuation)
      return { ...seen, fault: `frame type ${type}, ${bytes} B` };
    if (at === 0 && type !== FRAME.settings) return { ...seen, fault: 'no settings first' };
    const payload = text.slice(at + 9, at + 9 + bytes);
    at += 9 + bytes;
    if (type === FRAME.goAway) seen.isOver = true;
    if (id === 0 || at > text.length + bytes) continue;
    const stream = seen.streams.get(id) ?? { status: null, body: '', end: 'open' };
    if (type === FRAME.data || type === FRAME.headers) {
      if (stream.end !== 'open') return { ...seen, fault: `a frame behind the end of stream ${id}` };
      if (type === FRAME.data) stream.body += payload;
      else if (!seen.streams.has(id) && payload.replace(/^[\x20-\x3e]+/, '').startsWith('\x88'))
        stream.status = 200;
      seen.streams.set(id, stream);
      if ((flags & FLAG.endStream) !== 0 && at <= text.length) stream.end = 'whole';
    } else if (type === FRAME.reset) {
      stream.end = 'reset';
      seen.streams.set(id, stream);
    }
  }
  return seen;
}
