import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { answerPage } from '../http/answer-page.ts';
import { allowsMethod, sendJson, sendText } from '../origin/answers.ts';
import { STORY } from '../origin/story.ts';
import { loadPage } from '../page-file.ts';
import type { OwnNames } from './live-address.ts';
import { type Beat, createBeat, type LiveOrigin } from './live-origin.ts';
import {
  FIRST_SWITCHES,
  LANE_IDS,
  type RoundStart,
  SPEEDS,
  type Speed,
  type StageState,
  SWITCH_IDS,
  type Switches,
} from './live-protocol.ts';
import type { LiveStage } from './live-stage.ts';

/** More than the longest body that can be meant. */
const MAX_BODY_BYTES = 1_024;

const SWITCH_REQUEST = z.union([
  z.strictObject({ reset: z.literal(true) }),
  z.strictObject({ switches: z.partialRecord(z.enum(SWITCH_IDS), z.boolean()) }),
]);

/** What the page's server stands on. */
export interface LiveParts {
  names: OwnNames;
  origin: LiveOrigin;
  stage: LiveStage;
  hop: StageState['hop'];
  /** Default: by the speed that the page asks for. */
  beat?: Beat | undefined;
}

interface Books {
  revision: number;
  /** One for each open `/round`. */
  onChange: Set<() => void>;
}

/** Answers for the page: itself, `GET /round` (server-sent events about one round), `POST /switches`. */
export function createLiveHandler(
  parts: LiveParts,
): (request: IncomingMessage, response: ServerResponse) => void {
  const books: Books = { revision: 1, onChange: new Set() };
  return (request, response) => {
    const host = parts.names.hostOf(request);
    // A name that somebody else points to this address gets nothing (DNS rebinding).
    if (host === null) {
      request.resume();
      response.writeHead(421).end();
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page.invalid');
    if (pathname === '/') {
      const lanes = stateOf(parts, books, host).lanes.map(({ url }) => new URL(url).origin);
      answerPage(request, response, loadPage('demo'), ["'self'", ...lanes]);
    } else if (pathname === '/round') {
      answerRound(parts, books, host, searchParams, response);
    } else if (pathname === '/switches') {
      void answerSwitches(parts, books, host, request, response);
    } else {
      sendText(response, 404, 'There is nothing at this path.');
    }
  };
}

function stateOf({ stage, hop }: LiveParts, { revision }: Books, host: string): StageState {
  return {
    revision,
    hop,
    switches: stage.switches,
    lanes: stage.lanes.map(({ id, port, hops }) => ({ id, url: `http://${host}:${port}/stream`, hops })),
  };
}

/** A round lasts as long as this answer. */
function answerRound(
  parts: LiveParts,
  books: Books,
  host: string,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  if (!allowsMethod(response, ['GET'])) return;
  const lanes = LANE_IDS.filter((id) => query.getAll('lane').includes(id));
  const speed = query.get('speed') ?? 'normal';
  if (lanes.length === 0 || !Object.hasOwn(SPEEDS, speed)) {
    sendText(response, 400, 'Expected lane=…, once for each lane, and speed=slow, normal or fast.');
    return;
  }
  const intervalMs = SPEEDS[speed as Speed];
  const tell = (event: string, data: object) =>
    void response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const tellStage = () => tell('stage', stateOf(parts, books, host));
  const round = parts.origin.openRound(lanes, parts.beat ?? createBeat(intervalMs), {
    onJoined: (joined) => tell('joined', joined),
    onSent: (sent) => tell('sent', sent),
    onOver: () => tell('over', {}),
  });
  if (round === null) {
    sendText(response, 503, 'Too many rounds are under way.', ['Retry-After', '5']);
    return;
  }
  books.onChange.add(tellStage);
  response.once('close', () => {
    books.onChange.delete(tellStage);
    round.cancel();
  });
  response.req.resume();
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  tellStage();
  tell('round', { round: round.id, events: STORY.length, intervalMs } satisfies RoundStart);
}

async function answerSwitches(
  parts: LiveParts,
  books: Books,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!allowsMethod(response, ['POST'])) return;
  // Any page may post to any address; a browser says which one did (Fetch standard, "Origin header").
  if (parts.names.originOf(request) === null) {
    sendText(response, 403, 'Only the page itself may switch.');
    return;
  }
  const wanted = SWITCH_REQUEST.safeParse(await readJson(request));
  if (!wanted.success) {
    sendText(response, 400, 'Expected {"reset":true} or {"switches":{NAME:true|false}}.');
    return;
  }
  const { stage } = parts;
  const next: Switches =
    'reset' in wanted.data ? FIRST_SWITCHES : { ...stage.switches, ...defined(wanted.data.switches) };
  try {
    await stage.apply(next);
  } catch (error) {
    sendText(response, 500, (error as Error).message);
    return;
  }
  books.revision += 1;
  sendJson(response, 200, stateOf(parts, books, host));
  for (const tell of books.onChange) tell();
}

function defined(switches: Partial<Record<keyof Switches, boolean | undefined>>): Partial<Switches> {
  return Object.fromEntries(Object.entries(switches).filter(([, on]) => on !== undefined));
}

/** Undefined when the body is too long or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  try {
    for await (const piece of request.setEncoding('utf8')) {
      text += piece;
      if (text.length > MAX_BODY_BYTES) return undefined;
    }
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
