import type { ExperimentFacts } from '../../types.ts';
import { type Lab, newToken } from './lab.ts';
import { SHORT, type StreamPlan } from './plans.ts';
import { readSeen } from './seen.ts';

const PIECES = 5;
const PIECE_BYTES = 600;
const PAUSE_MS = 250;
const LAST_EVENT_ID = 'unclog-41';

/** Sends a body in pieces and asks when they arrived: over the same time, or in one go once all was sent. */
export async function measureRequestBody(lab: Lab): Promise<ExperimentFacts['requestBody']> {
  const pieces = Array.from({ length: PIECES }, (_, i) => Buffer.alloc(PIECE_BYTES, 97 + i));
  const answer = await lab.during('a request body in pieces', PIECES * PAUSE_MS, () =>
    lab.send(
      'body',
      { token: newToken() },
      {
        method: 'POST',
        headers: [['Content-Type', 'application/octet-stream']],
        pieces,
        pauseMs: PAUSE_MS,
      },
    ),
  );
  if (answer === null) return null;
  const requests = readSeen(answer.body);
  // Our origin's answer that knows nothing of the request: it had no room to remember it.
  if (requests !== null && requests.length === 0) return null;
  const [seen] = requests ?? [];
  const at = seen?.body.pieces.map((piece) => piece.at) ?? [];
  const spread = (times: readonly number[]): number =>
    times.length === 0 ? 0 : Math.round(Math.max(...times) - Math.min(...times));
  return {
    sentBytes: PIECES * PIECE_BYTES,
    arrivedBytes: seen?.body.bytes ?? 0,
    sentOverMs: spread(answer.sentAtMs),
    // From the head on: a hop that collects the body keeps the head back as well, or sends it ahead alone.
    arrivedOverMs: spread(at),
    status: answer.status,
  };
}

const COMING_BACK: StreamPlan = {
  ...SHORT,
  stream: 'Last-Event-ID',
  headers: [['Last-Event-ID', LAST_EVENT_ID]],
};

/** Whether a client that comes back can say where it left off. */
export async function checkLastEventId(lab: Lab): Promise<ExperimentFacts['lastEventId']> {
  const { token } = await lab.watch(COMING_BACK);
  const [seen] = await lab.seen(token);
  if (seen === undefined) return null;
  const found = seen.headers.find(([name]) => name.toLowerCase() === 'last-event-id');
  if (found === undefined) return 'dropped';
  return found[1] === LAST_EVENT_ID ? 'passed' : 'changed';
}
