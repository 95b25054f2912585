import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ListenAddress, listen } from '../http/listen.ts';
import { sendText } from '../origin/answers.ts';
import { eventText } from '../origin/event-text.ts';
import { type OptOut, type OutgoingStream, openOutgoingStream } from '../origin/outgoing-stream.ts';
import { createPace } from '../origin/steady-stream.ts';
import { STORY } from '../origin/story.ts';
import { createStreamLedger } from '../origin/stream-ledger.ts';
import { wholeEpochMs } from '../origin/wall-clock.ts';
import type { EventSent, LaneId, LaneJoined } from './live-protocol.ts';

/** How long a round waits for lanes whose request has not come. */
const JOIN_WITHIN_MS = 4_000;
const MAX_ROUNDS = 32;
/** Fields of the head that every stream has; a line with another one was switched on. */
const STOCK_FIELDS = ['Content-Type: text/event-stream', 'Cache-Control: no-cache'];

/** Waits until event `seq` is due. Rejects when the signal is aborted. */
export type Beat = (seq: number, signal: AbortSignal) => Promise<void>;

/** Where a round tells what it does. */
export interface RoundListener {
  onJoined(joined: LaneJoined): void;
  onSent(sent: EventSent): void;
  onOver(): void;
}

/** One telling of the story, on several lanes at the same moments. */
export interface Round {
  id: string;
  /** Ends the round and its streams. */
  cancel(): void;
}

/** The origin of the live page. */
export interface LiveOrigin {
  /** Base URL on the loopback. */
  url: string;
  address: ListenAddress;
  /** From the next stream on. */
  setOptOuts(optOuts: readonly OptOut[]): void;
  /** @returns null when too many rounds are under way */
  openRound(lanes: readonly LaneId[], beat: Beat, listener: RoundListener): Round | null;
  close(): Promise<void>;
}

interface RoundBooks extends Round {
  join(lane: string, stream: () => { stream: OutgoingStream; head: string[] }): boolean;
}

/**
 * An origin that tells the delivery's story on all lanes of a round at once: one clock, so that lanes can be compared,
 * and each event reported at the moment it is sent.
 * @param allowedOrigin which page may read the answer to this request: page and hops listen on different ports,
 * which makes them strangers to the browser (Fetch standard, "CORS protocol")
 */
export async function startLiveOrigin(
  address: ListenAddress,
  allowedOrigin: (request: IncomingMessage) => string,
): Promise<LiveOrigin> {
  const ledger = createStreamLedger(null);
  const rounds = new Map<string, RoundBooks>();
  let optOuts: readonly OptOut[] = [];

  function answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Access-Control-Allow-Origin', allowedOrigin(request));
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin.invalid');
    if (pathname !== '/stream' || request.method !== 'GET') {
      sendText(response, 404, 'Only GET /stream?round=…&lane=… is here.');
      return;
    }
    const joined = rounds.get(searchParams.get('round') ?? '')?.join(searchParams.get('lane') ?? '', () => {
      const stream = openOutgoingStream(request, response, 'story', ledger);
      return { stream, head: stream.sendHead({ optOuts }) };
    });
    if (joined === undefined) sendText(response, 404, 'This round is over.');
    else if (!joined) sendText(response, 409, 'This lane has been in the round before, or came too late.');
  }

  const server = createServer({ noDelay: true }, answer);
  const bound = await listen(server, address);
  return {
    url: `http://127.0.0.1:${bound.port}`,
    address: bound,
    setOptOuts(list) {
      optOuts = list;
    },
    openRound(lanes, beat, listener) {
      if (rounds.size >= MAX_ROUNDS) return null;
      const round = createRound(lanes, beat, listener, () => rounds.delete(round.id));
      rounds.set(round.id, round);
      return round;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const round of [...rounds.values()]) round.cancel();
      ledger.stopAll();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A beat of so many milliseconds; each round takes its own. */
export function createBeat(intervalMs: number): Beat {
  const pace = createPace(intervalMs, intervalMs);
  return (_seq, signal) => sleep(pace.nextDelayMs(), undefined, { signal });
}

function createRound(
  lanes: readonly LaneId[],
  beat: Beat,
  listener: RoundListener,
  forget: () => void,
): RoundBooks {
  const abort = new AbortController();
  const awaited = new Set<string>(lanes);
  const streams = new Map<LaneId, OutgoingStream>();
  let complete = () => {};
  const allJoined = new Promise<void>((resolve) => {
    complete = resolve;
  });

  async function tell(): Promise<void> {
    await Promise.race([allJoined, sleep(JOIN_WITHIN_MS, undefined, { signal: abort.signal })]);
    awaited.clear();
    for (const [index, stage] of STORY.entries()) {
      const seq = index + 1;
      await beat(seq, abort.signal);
      const reached = [...streams].filter(([, stream]) => !stream.over.aborted);
      const text = eventText(seq, wholeEpochMs(), { eventBytes: null, fill: 'random' }, { ...stage });
      // Never waits for a lane: the others' events are due at the same moment.
      for (const [, stream] of reached) stream.sendEvent(text).catch(() => {});
      listener.onSent({ seq, lanes: reached.map(([lane]) => lane) });
    }
    for (const stream of streams.values()) stream.complete();
    listener.onOver();
  }

  const round: RoundBooks = {
    id: randomUUID(),
    join(lane, open) {
      if (!awaited.delete(lane)) return false;
      const { stream, head } = open();
      streams.set(lane as LaneId, stream);
      listener.onJoined({ lane: lane as LaneId, head: { of: 'server', ...headText(head) } });
      if (awaited.size === 0) complete();
      return true;
    },
    cancel() {
      abort.abort();
      for (const stream of streams.values()) stream.complete('stopped');
    },
  };
  tell()
    .catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    })
    .finally(forget);
  return round;
}

/** The head as it was sent, less the stamp, which differs each time. */
function headText(fields: readonly string[]): { text: string; changed: number[] } {
  const lines: string[] = [];
  for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
  const shown = lines.filter((line) => !line.startsWith('Unclog-Sent-At:'));
  return {
    text: shown.join('\n'),
    changed: [...shown.keys()].filter((at) => !STOCK_FIELDS.includes(shown[at] ?? '')),
  };
}
