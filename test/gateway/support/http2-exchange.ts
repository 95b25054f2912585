import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { constants } from 'node:http2';
import type { GatewayOptions } from '../../../src/gateway/gateway.ts';
import type { RawPeer } from './raw-peer.ts';
import { connectSession, startSecurePath } from './secure-gateway.ts';
import type { Path } from './start-gateway.ts';

/** Bound for things that take milliseconds on an idle machine. */
const WITHIN_MS = 10_000;

/** One request on an HTTP/2 connection, and all that came back. Text is latin1. */
export class Http2Peer {
  readonly stream: ClientHttp2Stream;
  text = '';
  head: Record<string, unknown> | null = null;
  trailers: Record<string, unknown> | null = null;
  readonly interims: Record<string, unknown>[] = [];
  /** The body has come to its end, as the framing says. */
  isWhole = false;
  isClosed = false;
  /** The code of the reset; 0 where there was none. */
  code = 0;
  readonly #waiting = new Set<() => void>();

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    const wake = (): void => {
      for (const look of [...this.#waiting]) look();
    };
    stream.on('response', (head: IncomingHttpHeaders) => {
      this.head = { ...head };
      wake();
    });
    stream.on('headers', (head: IncomingHttpHeaders) => {
      this.interims.push({ ...head });
      wake();
    });
    stream.on('trailers', (trailers: IncomingHttpHeaders) => {
      this.trailers = { ...trailers };
      wake();
    });
    stream.on('data', (piece: Buffer) => {
      this.text += piece.toString('latin1');
      wake();
    });
    stream.on('end', () => {
      // Node ends the body of a stream that was reset, too.
      this.isWhole = stream.rstCode === constants.NGHTTP2_NO_ERROR;
      wake();
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      this.isClosed = true;
      this.code = stream.rstCode;
      if (this.code !== constants.NGHTTP2_NO_ERROR) this.isWhole = false;
      wake();
    });
  }

  get status(): number | null {
    return this.head === null ? null : Number(this.head[':status']);
  }

  /** Resolves once it is so; fails when it cannot become so any more, or takes too long. */
  when(isSo: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        act();
      };
      const state = (): string =>
        `head ${JSON.stringify(this.head)}, closed ${this.isClosed} with ${this.code}, body:\n${this.text.slice(0, 500)}`;
      const look = (): void => {
        if (isSo()) stop(resolve);
        else if (this.isClosed) stop(() => reject(new Error(`no ${what}: ${state()}`)));
      };
      const timer = setTimeout(
        () => stop(() => reject(new Error(`no ${what} in time: ${state()}`))),
        WITHIN_MS,
      );
      this.#waiting.add(look);
      look();
    });
  }

  until(text: string): Promise<void> {
    return this.when(() => this.text.includes(text), `"${text}"`);
  }

  untilHead(): Promise<void> {
    return this.when(() => this.head !== null, 'head');
  }

  untilClosed(): Promise<void> {
    return this.when(() => this.isClosed, 'end');
  }
}

export type Fields = Record<string, string | string[]>;

export function ask(session: ClientHttp2Session, fields: Fields = {}, endStream = true): Http2Peer {
  return new Http2Peer(session.request({ ':path': '/stream', ...fields }, { endStream }));
}

/** A request over HTTP/2 on its way: the client's side and the upstream's, the request's head arrived there. */
export interface Http2Exchange extends Path {
  session: ClientHttp2Session;
  client: Http2Peer;
  origin: RawPeer;
}

export async function startHttp2Exchange(
  fields: Fields = {},
  options: Partial<GatewayOptions> = {},
  /** The beginning of a body; without any the request has none. */
  first: string | null = null,
): Promise<Http2Exchange> {
  const path = await startSecurePath(options);
  const session = connectSession(path.gateway.address.port);
  const client = ask(session, fields, first === null);
  if (first !== null) client.stream.write(first);
  const origin = await path.upstream.next();
  await origin.until('\r\n\r\n');
  return { ...path, session, client, origin };
}
