import type { Readable, Writable } from 'node:stream';
import type { HeaderList } from '../types.ts';
import type { FaultAnswer } from './errors.ts';

/**
 * How the client will know where the body ends. `frames`: HTTP/2 marks the end itself, so that bytes go out as they
 * are and a missing end always shows.
 */
export type ClientFraming = 'none' | 'length' | 'chunked' | 'close' | 'frames';

/** How a body whose length is not known goes to this client. */
export type OpenFraming = Extract<ClientFraming, 'chunked' | 'close' | 'frames'>;

/** The connection that a request came on, as far as it may be looked at: bytes go to {@link ClientSide.out}. */
export interface ClientConnection {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  /** There, and true, on TLS connections. */
  readonly encrypted?: boolean;
}

/** The part of Node's `IncomingMessage` that requests are read from; HTTP/2 has one of its own. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** Names and values in turn; of HTTP/2 without pseudo-header fields, `Host` in front. */
  readonly rawHeaders: string[];
  readonly socket: ClientConnection;
  /** There on HTTP/2 only: a body follows, whether its length is known or not. */
  readonly hasOpenBody?: boolean;
}

/** How a broken answer is shown to the client. */
export interface BreakOff {
  /** True where the end of the connection would be read as the end of the body. */
  closeDelimited: boolean;
  /** How long the client gets to take what was written before; 0: it is not waited for. */
  withinMs: number;
}

/** Where a whole answer stands when it is completed. */
export interface Completion {
  /** The body went through {@link ClientSide.writer}, which frames it; else what ends it on the wire has been written. */
  nodeFrames: boolean;
  /** Trailers that have not been written. */
  trailers: HeaderList;
  /** How long the client gets to take the last bytes. */
  withinMs: number;
}

/** The client's side of an exchange: what differs between the versions of HTTP. Nothing here decides; the exchange does. */
export interface ClientSide {
  readonly head: RequestHead;
  /** Body bytes go here, framed as the head has said. */
  readonly out: Writable;
  /** Payload goes here where framing is left to Node. Never to both. */
  readonly writer: Writable;
  readonly body: Readable;
  readonly openFraming: OpenFraming;
  /** It has left already. */
  readonly isGone: boolean;
  /** Calls back when the client leaves, at least once. */
  watch(onLeave: () => void): void;
  unwatch(onLeave: () => void): void;
  /**
   * Sends the head at once.
   * @throws when a field or the status cannot be sent; nothing has been sent then.
   */
  sendHead(
    status: number,
    reason: string,
    headers: HeaderList,
    framing: ClientFraming,
    mayKeepAlive: boolean,
  ): void;
  /** Sends an interim response. To be asked of HTTP/1.1 and later only. */
  sendInterim(status: number, reason: string, headers: HeaderList): void;
  sendContinue(): void;
  complete(completion: Completion): void;
  /** Sends a whole answer of the gateway's own. */
  answer(answer: FaultAnswer, mayKeepAlive: boolean): void;
  /** Ends the answer so that it cannot pass for a whole one. Returns false where that cannot be shown. */
  breakOff(how: BreakOff): boolean;
  /** The client has left: lets go of what it came on. */
  abandon(): void;
}
