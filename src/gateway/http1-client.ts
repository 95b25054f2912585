import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { HeaderList } from '../types.ts';
import { breakOff } from './break-off.ts';
import type { BreakOff, ClientFraming, ClientSide, Completion, OpenFraming } from './client-side.ts';
import { type FaultAnswer, writeRawAnswer } from './errors.ts';
import { LIMITS } from './limits.ts';

/** A client that speaks HTTP/1.0 or 1.1, on TCP, TLS or a unix socket. */
export class Http1Client implements ClientSide {
  readonly head: IncomingMessage;
  readonly out: Socket;
  readonly body: Readable;
  /** Null for an upgrade, whose connection no response object owns. */
  readonly #res: ServerResponse | null;

  constructor(req: IncomingMessage, res: ServerResponse | null, body: Readable = req) {
    this.head = req;
    this.#res = res;
    this.out = req.socket;
    this.body = body;
  }

  get writer(): Writable {
    return this.#res ?? this.out;
  }

  get openFraming(): OpenFraming {
    return this.#isHttp10 ? 'close' : 'chunked';
  }

  get isGone(): boolean {
    return this.out.destroyed || this.out.readableEnded;
  }

  get #isHttp10(): boolean {
    return this.head.httpVersionMinor === 0;
  }

  watch(onLeave: () => void): void {
    // A FIN reads as leaving: a client that closed its side only cannot be told from one that is gone, and an
    // abort that comes late is worse for the upstream than a half-closed client that has to ask again.
    this.out.on('end', onLeave);
    this.out.on('close', onLeave);
  }

  unwatch(onLeave: () => void): void {
    this.out.off('end', onLeave);
    this.out.off('close', onLeave);
  }

  sendHead(
    status: number,
    reason: string,
    headers: HeaderList,
    framing: ClientFraming,
    mayKeepAlive: boolean,
  ): void {
    const res = this.#res as ServerResponse;
    if (this.#isHttp10 || !mayKeepAlive) res.shouldKeepAlive = false;
    // Node would chunk for a 1.0 client that sends `TE: chunked`.
    if (this.#isHttp10 || framing === 'close') res.useChunkedEncodingByDefault = false;
    const flat: string[] = [];
    for (let i = 0; i < headers.length; i++) {
      const field = headers[i] as HeaderList[number];
      flat.push(field[0], field[1]);
    }
    res.writeHead(status, reason, flat);
    // Node would keep it until the first byte of the body.
    res.flushHeaders();
  }

  sendInterim(status: number, reason: string, headers: HeaderList): void {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.out.write(`HTTP/1.1 ${status} ${reason}\r\n${lines}\r\n`, 'latin1');
  }

  sendContinue(): void {
    this.#res?.writeContinue();
  }

  complete({ nodeFrames, trailers, withinMs }: Completion): void {
    const res = this.#res as ServerResponse;
    this.#guardFlush(withinMs);
    if (!nodeFrames) res.chunkedEncoding = false;
    else if (trailers.length > 0) res.addTrailers(trailers);
    if (this.head.complete) {
      res.end();
      return;
    }
    if (nodeFrames) res.end();
    this.#endUnderRequest();
  }

  answer(answer: FaultAnswer, mayKeepAlive: boolean): void {
    const res = this.#res;
    if (res === null) {
      this.out.end(writeRawAnswer(answer));
      breakOff(this.out, { closeDelimited: false, withinMs: LIMITS.lingerMs });
      return;
    }
    const isWhole = this.head.complete || !hasBody(this.head);
    if (!isWhole || !mayKeepAlive) res.shouldKeepAlive = false;
    res.writeHead(answer.status, answer.reason, answer.headers);
    if (isWhole) {
      res.end(answer.body);
      return;
    }
    if (answer.body === '') res.flushHeaders();
    else res.write(answer.body);
    this.#endUnderRequest();
  }

  breakOff(how: BreakOff): boolean {
    return breakOff(this.out, how);
  }

  abandon(): void {
    const { out } = this;
    out.prependOnceListener('close', muteStacks);
    out.once('close', unmuteStacks);
    out.destroy();
  }

  /**
   * Ends a connection on which the request body is still coming, so that it cannot serve another request. Reads on
   * for a while: closing with unread bytes would make the system reset the connection and take the answer with it.
   */
  #endUnderRequest(): void {
    const { out } = this;
    out.end();
    this.head.resume();
    const linger = setTimeout(() => out.destroy(), LIMITS.lingerMs);
    out.once('close', () => clearTimeout(linger));
    out.once('end', () => out.destroy());
  }

  /** A client that does not read the last bytes of a whole answer is bounded like one that stalls within it. */
  #guardFlush(withinMs: number): void {
    const { out } = this;
    if (out.writableLength === 0) return;
    const late = setTimeout(() => out.destroy(), withinMs);
    out.write('', () => clearTimeout(late));
  }
}

/**
 * At the close of a connection Node makes an error for each request that is not answered. Nobody sees it, and its stack
 * takes longer than everything else about the close: while the listeners of that one event run, errors have none.
 */
function muteStacks(): void {
  stackTraceLimit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
}

function unmuteStacks(): void {
  Error.stackTraceLimit = stackTraceLimit;
}

let stackTraceLimit = Error.stackTraceLimit;

/** Before the parser has said that a request is complete, only its fields tell whether a body follows. */
function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || (req.headers['content-length'] ?? '0') !== '0';
}
