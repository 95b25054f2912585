import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { HeaderList } from '../types.ts';
import type { BreakOff, ClientFraming, ClientSide, Completion } from './client-side.ts';
import { type FaultAnswer, GatewayError } from './errors.ts';
import type { Http2RequestHead } from './http2-request.ts';
import { LIMITS } from './limits.ts';

const { NGHTTP2_NO_ERROR } = constants;

/** What a stream tells the session that it is one of. */
export interface Http2StreamEvents {
  /** The client has given it up. */
  abandoned(): void;
  /** The client does not take what it was sent. */
  stalled(): void;
}

/** A client that speaks HTTP/2: one stream of its session, for one request. */
export class Http2Client implements ClientSide {
  readonly head: Http2RequestHead;
  readonly out: ServerHttp2Stream;
  readonly openFraming = 'frames';
  readonly #session: Http2StreamEvents;
  #trailers: HeaderList = [];

  constructor(stream: ServerHttp2Stream, head: Http2RequestHead, session: Http2StreamEvents) {
    this.head = head;
    this.out = stream;
    this.#session = session;
  }

  get writer(): Writable {
    return this.out;
  }

  get body(): Readable {
    return this.out;
  }

  get isGone(): boolean {
    return this.out.destroyed || this.out.closed || this.out.aborted;
  }

  watch(onLeave: () => void): void {
    // `close` alone would come late: it waits until a request body that nobody takes has been read.
    this.out.on('aborted', onLeave);
    this.out.on('close', onLeave);
  }

  unwatch(onLeave: () => void): void {
    this.out.off('aborted', onLeave);
    this.out.off('close', onLeave);
  }

  sendHead(status: number, _reason: string, headers: HeaderList, framing: ClientFraming): void {
    if (this.isGone) return;
    if (status > 599) throw new GatewayError('response-malformed', `status ${status}`);
    this.out.respond(
      { ...toFields(headers), ':status': status },
      { endStream: framing === 'none', waitForTrailers: framing === 'frames' },
    );
    // Without any this still is how the stream is ended: with an empty frame.
    if (framing === 'frames')
      this.out.once('wantTrailers', () => {
        if (!this.isGone) this.out.sendTrailers(toFields(this.#trailers));
      });
  }

  sendInterim(status: number, _reason: string, headers: HeaderList): void {
    if (!this.isGone) this.out.additionalHeaders({ ...toFields(headers), ':status': status });
  }

  sendContinue(): void {
    this.sendInterim(100, '', []);
  }

  complete({ trailers, withinMs }: Completion): void {
    this.#trailers = trailers;
    this.#end(undefined, withinMs);
  }

  answer(answer: FaultAnswer): void {
    const { out } = this;
    if (this.isGone) return;
    const hasBody = answer.body !== '' && this.head.method !== 'HEAD';
    out.respond({ ...lowerCased(answer.headers), ':status': answer.status }, { endStream: !hasBody });
    this.#end(hasBody ? answer.body : undefined, LIMITS.lingerMs);
  }

  breakOff({ withinMs }: BreakOff): boolean {
    const { out } = this;
    if (withinMs === 0) {
      this.#reset('the client does not read');
      this.#session.stalled();
      return true;
    }
    if (this.isGone) return true;
    const late = setTimeout(() => this.#reset('the client does not read'), withinMs);
    out.once('close', () => clearTimeout(late));
    // A reset throws away what waits: it comes after everything before it has been handed to the system.
    out.write('', () => this.#reset('the answer broke off'));
    return true;
  }

  abandon(): void {
    this.#session.abandoned();
    // Bytes of the request that nobody takes any more would keep it.
    this.out.destroy();
  }

  /**
   * RST_STREAM with INTERNAL_ERROR. Not by `close()`: that ends the stream first, which can reach the client as a clean
   * end, and can end the process: Node 20 asserts in `Http2Stream::OnTrailers` that a stream which waits for trailers
   * is not gone already.
   */
  #reset(why: string): void {
    this.out.destroy(new Error(why));
  }

  #end(last: string | undefined, withinMs: number): void {
    const { out } = this;
    if (last === undefined) out.end();
    else out.end(last);
    const late = setTimeout(() => this.#reset('the client does not read'), withinMs);
    out.once('close', () => clearTimeout(late));
    if (out.readableEnded) return;
    out.resume();
    if (!this.head.hasOpenBody) return;
    // RFC 9113 section 8.1: the answer is whole, and the rest of the request not wanted. For a while it is read, since
    // some clients take a reset for the loss of the answer.
    out.once('finish', () => {
      const linger = setTimeout(() => out.close(NGHTTP2_NO_ERROR), LIMITS.lingerMs);
      out.once('close', () => clearTimeout(linger));
    });
  }
}

/**
 * A field list as Node takes it. Repeats become one field (RFC 9110 section 5.3), equal ones one value, since Node
 * refuses repeats of fields that have one value; only `Set-Cookie` keeps its lines.
 */
function toFields(headers: HeaderList): OutgoingHttpHeaders {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const there = fields[key];
    if (key === 'set-cookie') fields[key] = there === undefined ? [value] : [...there, value];
    else if (there === undefined) fields[key] = value;
    else if (there !== value) fields[key] = `${there as string}, ${value}`;
  }
  return fields;
}

function lowerCased(headers: Readonly<Record<string, string>>): OutgoingHttpHeaders {
  return toFields(Object.entries(headers));
}
