import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowsMethod, sendJson, sendNothing, sendText } from './answers.ts';
import { eventText } from './event-text.ts';
import { noteStream, openWith, readShape, refusesClient, type StreamShape } from './experiment-stream.ts';
import { type OutgoingStream, openOutgoingStream, runSender, writeStreamHead } from './outgoing-stream.ts';
import { createParameterReader, type ParameterReader } from './parameters.ts';
import type { Sightings } from './sightings.ts';
import type { StreamLedger } from './stream-ledger.ts';
import { wholeEpochMs } from './wall-clock.ts';

const MAX_SESSIONS = 1_000;
/** How long the result of a finished session can be asked for. */
const KEEP_RESULT_MS = 300_000;
const DEFAULT_PATIENCE_MS = 5_000;
const MAX_PATIENCE_MS = 60_000;
const MAX_EVENTS = 1_000;
const NO_SESSION = 'There is no lockstep session with this name.';

/** What a lockstep session came to. */
interface LockstepResult {
  /** Last event acknowledged; -1: not even the response head, which was waited for. */
  acked: number;
  sent: number;
  /** Number of the event whose acknowledgement never came; 0: the response head's. */
  stalledAt: number | null;
  state: 'running' | 'complete' | 'stalled' | 'client-left' | 'stopped';
}

interface Session extends LockstepResult {
  endedAtMs: number;
  /** Wakes the sender that waits for an acknowledgement. */
  wake: () => void;
}

/** Streams whose event n+1 is sent only after event n was acknowledged on another way. */
export interface Lockstep {
  answerStream(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void;
  answerAck(response: ServerResponse, query: URLSearchParams): void;
  answerResult(response: ServerResponse, query: URLSearchParams): void;
}

export function createLockstep(ledger: StreamLedger, sightings: Sightings): Lockstep {
  const sessions = createSessions();
  return {
    answerStream: (request, response, query) =>
      answerStream({ sessions, ledger, sightings }, request, response, query),
    answerAck: (response, query) => answerAck(sessions, response, query),
    answerResult: (response, query) => answerResult(sessions, response, query),
  };
}

interface Books {
  sessions: Sessions;
  ledger: StreamLedger;
  sightings: Sightings;
}

function answerStream(
  { sessions, ledger, sightings }: Books,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const parameters = createParameterReader(query);
  const id = readSessionId(parameters);
  const shape = readShape(parameters, 10, MAX_EVENTS);
  const patienceMs =
    parameters.durationMs('patience', { min: 1, max: MAX_PATIENCE_MS }) ?? DEFAULT_PATIENCE_MS;
  const awaitHead = parameters.choice('await-head', ['yes', 'no']) === 'yes';
  parameters.refuseOthers();
  if (request.method === 'HEAD') {
    writeStreamHead(response, shape.head);
    response.end();
    return;
  }
  if (refusesClient(request, response, 'lockstep', ledger)) return;
  if (sessions.find(id)?.state === 'running') {
    sendText(response, 409, 'A lockstep session with this name is running.');
    return;
  }
  const session = sessions.start(id, awaitHead);
  if (session === null) {
    sendText(response, 429, 'Too many lockstep sessions are running.', ['Retry-After', '5']);
    return;
  }
  const stream = openOutgoingStream(request, response, 'lockstep', ledger);
  stream.over.addEventListener('abort', () => noteEnd(session, stream), { once: true });
  const noteHead = noteStream(stream, shape.token, request, sightings);
  runSender(stream, async () => {
    openWith(stream, shape, noteHead);
    await sendInLockstep(stream, session, shape, patienceMs);
  });
}

function answerAck(sessions: Sessions, response: ServerResponse, query: URLSearchParams): void {
  if (!allowsMethod(response, ['POST'])) return;
  const parameters = createParameterReader(query);
  const id = readSessionId(parameters);
  const seq = parameters.required('seq', parameters.count('seq', { max: MAX_EVENTS }));
  parameters.refuseOthers();
  const session = sessions.find(id);
  if (session === null) {
    sendText(response, 404, NO_SESSION);
    return;
  }
  if (seq > session.sent) {
    sendText(response, 409, `Event ${seq} has not been sent yet.`);
    return;
  }
  sendNothing(response);
  if (seq !== session.acked + 1) return;
  session.acked = seq;
  session.wake();
}

function answerResult(sessions: Sessions, response: ServerResponse, query: URLSearchParams): void {
  if (!allowsMethod(response, ['GET', 'HEAD'])) return;
  const parameters = createParameterReader(query);
  const id = readSessionId(parameters);
  parameters.refuseOthers();
  const session = sessions.find(id);
  if (session === null) {
    sendText(response, 404, NO_SESSION);
    return;
  }
  const { acked, sent, stalledAt, state } = session;
  sendJson(response, 200, { acked, sent, stalledAt, state } satisfies LockstepResult);
}

/** The sessions by name: at most {@link MAX_SESSIONS}, finished ones for {@link KEEP_RESULT_MS}. */
interface Sessions {
  find(id: string): Session | null;
  /** Null when too many are running. A finished session with this name is forgotten. */
  start(id: string, awaitHead: boolean): Session | null;
}

function createSessions(): Sessions {
  const byId = new Map<string, Session>();

  function forgetOld(): void {
    const nowMs = performance.now();
    for (const [id, session] of byId) {
      if (session.state === 'running') continue;
      const isOld = nowMs - session.endedAtMs > KEEP_RESULT_MS;
      if (isOld || byId.size >= MAX_SESSIONS) byId.delete(id);
    }
  }

  return {
    find: (id) => byId.get(id) ?? null,
    start(id, awaitHead) {
      byId.delete(id);
      forgetOld();
      if (byId.size >= MAX_SESSIONS) return null;
      const session = newSession(awaitHead);
      byId.set(id, session);
      return session;
    },
  };
}

function newSession(awaitHead: boolean): Session {
  return {
    acked: awaitHead ? -1 : 0,
    sent: 0,
    stalledAt: null,
    state: 'running',
    endedAtMs: 0,
    wake: () => {},
  };
}

function readSessionId(parameters: ParameterReader): string {
  return parameters.required(
    'session',
    parameters.text('session', /^[\w-]{1,64}$/, '1 to 64 letters, digits, "-" or "_"'),
  );
}

async function sendInLockstep(
  stream: OutgoingStream,
  session: Session,
  shape: StreamShape,
  patienceMs: number,
): Promise<void> {
  for (let seq = 0; seq <= shape.events; seq++) {
    const acked = acknowledged(session, seq, patienceMs, stream.over);
    if (seq > 0) {
      session.sent = seq;
      await stream.sendEvent(eventText(seq, wholeEpochMs(), shape.text));
    }
    if (await acked) continue;
    stream.over.throwIfAborted();
    session.stalledAt = seq;
    stream.sendComment(`unclog lockstep stalled at ${seq}`);
    stream.complete('stalled');
    return;
  }
  stream.complete();
}

/** True when the event (0: the head) is acknowledged; false when patience ends first, or the stream does. */
function acknowledged(
  session: Session,
  seq: number,
  patienceMs: number,
  over: AbortSignal,
): Promise<boolean> {
  if (session.acked >= seq) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', done);
      resolve(session.acked >= seq);
    };
    const timer = setTimeout(done, patienceMs);
    over.addEventListener('abort', done, { once: true });
    session.wake = done;
  });
}

function noteEnd(session: Session, stream: OutgoingStream): void {
  const reason = stream.end?.reason ?? 'stopped';
  session.state = reason === 'cut' ? 'stopped' : reason;
  session.endedAtMs = performance.now();
}
