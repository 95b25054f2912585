import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowsMethod, sendJson, sendText } from './answers.ts';
import {
  allowReaders,
  type CheckPageOptions,
  createCheckPage,
  NO_COMPARISON,
  wantsPage,
} from './check-page.ts';
import { clientAddress } from './client-address.ts';
import { answerExperimentStream } from './experiment-stream.ts';
import { createLockstep } from './lockstep.ts';
import { ParameterError } from './parameters.ts';
import { createPlainPages } from './plain-page.ts';
import { answerBody } from './request-body.ts';
import { createSightings } from './sightings.ts';
import { answerSteadyStream, type SteadyStreamOptions } from './steady-stream.ts';
import type { StreamLedger } from './stream-ledger.ts';
import { epochMs } from './wall-clock.ts';

const CHECK_PATH = '/.well-known/unclog/';

const FRONT_PAGE = `unclog origin: a reference event source.

Below any prefix:
  /.well-known/unclog/                 in a browser: a page that checks whether streams arrive
  /.well-known/unclog/plain            the same without script
  /stream                              stamped events, one per interval
  /.well-known/unclog/clock            this machine's clock, in one short answer
  /.well-known/unclog/stream           a bounded stream for experiments: events, interval, size, fill, type,
                                       status, framing, opt-out, cache-control, opening, heartbeat, head-delay,
                                       first-delay, quiet-after, quiet, cut-after, retry, resume, token
  /.well-known/unclog/lockstep         event n+1 comes only after event n was acknowledged: session, events,
                                       size, patience, await-head, and of the stream's: fill, type, status,
                                       framing, opt-out, cache-control, opening, heartbeat, token
  /.well-known/unclog/ack              POST, the acknowledgement: session, seq
  /.well-known/unclog/lockstep/result  what a lockstep session came to: session
  /.well-known/unclog/body             POST, says when each piece of the request body arrived: token
  /.well-known/unclog/seen             what arrived here of the requests with a token (fields, body, when the
                                       client left), for five minutes: token
Here only:
  /healthz                             200 while this process answers`;

type Answer = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

/** Everything the origin answers, by path. */
export function createOriginHandler(
  steady: SteadyStreamOptions,
  ledger: StreamLedger,
  checkPage: CheckPageOptions = NO_COMPARISON,
): (request: IncomingMessage, response: ServerResponse) => void {
  const sightings = createSightings();
  const lockstep = createLockstep(ledger, sightings);
  const plain = createPlainPages();
  const answerPage = createCheckPage(checkPage);
  const streaming = ['GET', 'HEAD', 'POST'];
  const underCheckPath: Readonly<Record<string, Answer>> = {
    '': (request, response) =>
      wantsPage(request)
        ? answerPage(request, response)
        : answerText(response, FRONT_PAGE, ['Vary', 'Accept']),
    plain: (request, response) => plain.answerPage(request, response, clientAddress(request)),
    'plain/picture': plain.answerPicture,
    clock: answerClock,
    stream: (request, response, query) =>
      allowsMethod(response, streaming) &&
      answerExperimentStream(request, response, query, ledger, sightings),
    lockstep: (request, response, query) =>
      allowsMethod(response, streaming) && lockstep.answerStream(request, response, query),
    ack: (_request, response, query) => lockstep.answerAck(response, query),
    'lockstep/result': (_request, response, query) => lockstep.answerResult(response, query),
    body: (request, response, query) => answerBody(request, response, query, sightings),
    seen: (_request, response, query) => sightings.answerSeen(response, query),
  };
  const front: Readonly<Record<string, Answer>> = {
    '/': (_request, response) => answerText(response, FRONT_PAGE),
    '/healthz': (_request, response) => answerText(response, 'ok'),
  };

  function find(path: string): Answer | undefined {
    const check = path.lastIndexOf(CHECK_PATH);
    if (check >= 0) {
      const name = path.slice(check + CHECK_PATH.length);
      return Object.hasOwn(underCheckPath, name) ? underCheckPath[name] : undefined;
    }
    if (path.endsWith(CHECK_PATH.slice(0, -1))) return redirectToFolder;
    if (path.endsWith('/stream')) {
      return (request, response, query) => answerSteadyStream(request, response, query, steady, ledger);
    }
    return Object.hasOwn(front, path) ? front[path] : undefined;
  }

  return (request, response) => {
    const { path, query } = splitTarget(request.url ?? '');
    const answer = find(path);
    if (answer === undefined) {
      return sendText(response, 404, 'There is nothing at this path; / lists the paths that exist.');
    }
    if (path.includes(CHECK_PATH)) allowReaders(request, response, checkPage);
    try {
      answer(request, response, query);
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      sendText(response, 400, error.message);
    }
  };
}

/** `GET P/.well-known/unclog/clock`: short and complete, so that it tells the path's own latency and the clock's offset. */
function answerClock(_request: IncomingMessage, response: ServerResponse): void {
  const receivedAt = epochMs();
  if (!allowsMethod(response, ['GET', 'HEAD'])) return;
  sendJson(response, 200, { receivedAt, sentAt: epochMs() });
}

function answerText(response: ServerResponse, text: string, extra: string[] = []): void {
  if (allowsMethod(response, ['GET', 'HEAD'])) sendText(response, 200, text, extra);
}

/** The page's own addresses are relative: they need the slash. */
function redirectToFolder(_request: IncomingMessage, response: ServerResponse): void {
  if (allowsMethod(response, ['GET', 'HEAD']))
    sendText(response, 308, 'The page is at unclog/.', ['Location', 'unclog/']);
}

/** Splits by hand: `URL` would take the `//host` at the start of a path for an authority. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  // Absolute form, as sent to a proxy (RFC 9112 section 3.2.2).
  const [path = '', ...query] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?');
  return { path: path === '' ? '/' : path, query: new URLSearchParams(query.join('?')) };
}
