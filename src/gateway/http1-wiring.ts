import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerClientError } from './client-error.ts';
import { type Fault, rawAnswerTo } from './errors.ts';
import { Http1Client } from './http1-client.ts';
import { isWebSocket, serveWithoutUpgrade, type UpgradeRequest } from './upgrade.ts';
import { hasWaitingRequests, whenItsTurn } from './waiting-request.ts';

/** What becomes of the requests of an HTTP/1 server. */
export interface Http1Host {
  serve(client: Http1Client, upgrade: UpgradeRequest | null): void;
  refuse(client: Http1Client, fault: Fault): void;
  /** Books a request that was refused before it could be served. */
  rejected(fault: Fault): void;
  /** Is an exchange under way on this connection? */
  isBusy(socket: Socket): boolean;
}

/** Hands each request of a server over when its turn has come, and answers what Node would answer otherwise. */
export function wireHttp1(server: Server, host: Http1Host): void {
  /** The last answer on each connection, which owns it until its last byte is out. */
  const answers = new WeakMap<Socket, ServerResponse>();
  /**
   * Node announces an upgrade as soon as it is parsed, whatever is being answered on its connection. Taking one then
   * would mix two answers; no honest client sends one behind a request that is not answered yet (RFC 9110 section 7.8).
   */
  const isAnswering = (socket: Socket): boolean => {
    const isOwned = answers.get(socket)?.socket === socket;
    return host.isBusy(socket) || isOwned || !socket.writable || hasWaitingRequests(socket);
  };
  /** Nothing may follow the last answer on a connection, though its last bytes may still be on their way. */
  const isEnding = (socket: Socket): boolean => answers.get(socket)?.shouldKeepAlive === false;
  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    whenItsTurn(req, res, (body) => {
      answers.set(req.socket, res);
      host.serve(new Http1Client(req, res, body), null);
    });
  };

  // Past a count Node drops header lines silently, those of the framing too; lines are counted in request-head.ts.
  server.maxHeadersCount = 0;
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
    whenItsTurn(req, res, (body) => {
      // Node says this of HTTP/0.9 as well, which is refused for what it is.
      const fault = req.httpVersionMajor === 1 ? 'expectation-failed' : 'version-not-supported';
      answers.set(req.socket, res);
      host.refuse(new Http1Client(req, res, body), fault);
    });
  });
  server.on('upgrade', (req: IncomingMessage, duplex: Duplex, first: Buffer) => {
    const socket = duplex as Socket;
    // Node has taken its own listener off; without one a reset would end the process.
    socket.on('error', () => socket.destroy());
    if (isAnswering(socket)) socket.destroy();
    else if (!isWebSocket(req)) serveWithoutUpgrade(server, req, socket, first);
    else host.serve(new Http1Client(req, null), { req, socket, first });
  });
  server.on('connect', (_req: IncomingMessage, duplex: Duplex) => {
    const socket = duplex as Socket;
    socket.on('error', () => socket.destroy());
    host.rejected('method-not-supported');
    if (isAnswering(socket)) socket.destroy();
    else socket.end(rawAnswerTo('method-not-supported'), () => socket.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, duplex: Duplex) => {
    const socket = duplex as Socket;
    const state = host.isBusy(socket) ? 'answering' : isEnding(socket) ? 'ending' : 'free';
    const fault = answerClientError(error, socket, state);
    if (fault !== null) host.rejected(fault);
  });
}
