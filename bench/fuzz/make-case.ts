import { readAnswers } from './answer-reader.ts';
import { drawDress, dressAnswer, dressRequest } from './dress.ts';
import { drawHttp2 } from './http2-case.ts';
import { readRequest, type SeenRequest, STRICT } from './lenient-reader.ts';
import { drawAnswer, drawRequest, drawStream } from './messages.ts';
import { drawEdits, type Edit } from './mutate.ts';
import { PAUSE_MS, type Profile } from './profile.ts';
import { createRandom, type Random } from './random.ts';

/** How long a client waits for a first byte, most of which never come: the request is not whole. */
const PATIENCE_MS = 250;
/** A busy machine must not take the client away before what the pause is there for. */
const PAUSED_PATIENCE_MS = 2_000;

/** What the upstream sends for one request. */
export interface Answer {
  /** Latin-1; written one after the other with a turn of the event loop between. */
  pieces: string[];
  /** What becomes of the connection. */
  ending: 'keep' | 'fin' | 'reset';
  /** Before the first piece, and between two. */
  delayMs?: number;
  pauseMs?: number;
}

/** What a case has beyond its bytes. */
export interface Dress {
  /** More field lines of its requests. */
  fields: readonly string[];
  over?: 'tls' | 'http2';
  /** Where the upstream pauses. */
  pause: 'head' | 'body' | null;
}

/** For what comes behind a pause. */
const MORE_THAN_A_PAUSE_MS = 240;

/** Of a hundred cases of the profile `full`. */
const HTTP2_SHARE = 4;
/** Settings come at once and are no answer. */
const HTTP2_STAYS_MS = 60;

const UNDRESSED: Dress = { fields: [], pause: null };

/** One client's connection: what it sends, what it is answered, and what may come of it. */
export interface FuzzCase {
  index: number;
  /** Latin-1. */
  pieces: string[];
  /** Tokens that this client may see. */
  tokens: ReadonlySet<string>;
  /** The requests that its bytes are, read strictly; nothing else may reach the upstream. */
  requests: SeenRequest[];
  answers: ReadonlyMap<string, Answer>;
  /** How long the client waits when nothing comes, and how it leaves. */
  patienceMs: number;
  leaves: 'close' | 'reset' | 'half';
  /** Edits that were made. */
  edits: number;
  /** Over TLS, and what is spoken on it. */
  over?: 'tls' | 'http2';
  /** How long the client stays once something came, whatever comes then; default until a moment without anything. */
  staysMs?: number;
}

/**
 * The case of this number: the same for the same seed.
 * @param profile of the gateway that it is for
 * @param keep which of its edits are made, by place; default all. Fewer make a smaller reproduction.
 */
export function makeCase(
  seed: number,
  index: number,
  profile: Profile,
  keep?: ReadonlySet<number>,
): FuzzCase {
  const random = createRandom(seed, index);
  if (profile === 'full' && createRandom(seed, index, 2).percent(HTTP2_SHARE))
    return makeHttp2Case(random, index);
  const dress = profile === 'full' ? drawDress(createRandom(seed, index, 1)) : UNDRESSED;
  let place = 0;
  const edited = (text: string, edits: Edit[]): string =>
    edits.reduce((result, edit) => (keep === undefined || keep.has(place++) ? edit(result) : result), text);
  const count = random.percent(80) ? 1 : 1 + random.int(3);
  const tokens = new Set<string>();
  const answers = new Map<string, Answer>();
  const badAnswers = random.percent(50);
  let edits = 0;
  let sent = '';
  for (let n = 0; n < count; n++) {
    const token = `tok${random.hex(12)}`;
    const smuggled = `tok${random.hex(12)}`;
    tokens.add(token).add(smuggled);
    const request = dressRequest(drawRequest(random, token, smuggled), dress);
    // A stream that pauses is there to be passed on, so its request is left as it is.
    const share = dress.pause !== null ? 0 : badAnswers ? 30 : 90;
    const changes = random.percent(share) ? drawEdits(random, 'request', 3) : [];
    edits += changes.length;
    sent += edited(request, changes);
    const answerChanges = badAnswers ? drawEdits(random, 'answer', 3) : [];
    edits += answerChanges.length;
    const drawn = dress.pause === null ? drawAnswer(random, token) : drawStream(random, token);
    const answer = edited(drawn, answerChanges);
    answers.set(token, dressAnswer(planAnswer(random.fork(), answer, request), dress));
  }
  return {
    index,
    pieces: cut(random.fork(), sent),
    tokens,
    requests: readAll(sent),
    answers,
    patienceMs: random.percent(10)
      ? 1 + random.int(5)
      : dress.pause === null
        ? PATIENCE_MS
        : PAUSED_PATIENCE_MS,
    leaves: random.pick(['close', 'close', 'reset', 'half']),
    edits,
    ...(dress.over !== undefined && { over: dress.over }),
    ...(dress.pause !== null && { staysMs: PAUSE_MS + MORE_THAN_A_PAUSE_MS }),
  };
}

/** A client over HTTP/2, whose frames are wrong in other ways than bytes of HTTP/1.1 can be. */
function makeHttp2Case(random: Random, index: number): FuzzCase {
  const tokens = Array.from({ length: 1 + random.int(3) }, () => `tok${random.hex(12)}`);
  const targets = tokens.map((token) => `/${random.pick(['stream', 'shop'])}/${token}`);
  const body = `${tokens[0]} body`.repeat(1 + random.int(30));
  const answers = tokens.map((token, i): [string, Answer] => {
    const edits = random.percent(30) ? drawEdits(random, 'answer', 3) : [];
    const text = edits.reduce((result, edit) => edit(result), drawAnswer(random, token));
    return [token, planAnswer(random.fork(), text, `GET ${targets[i]} `)];
  });
  return {
    index,
    ...drawHttp2(random.fork(), targets, body),
    tokens: new Set(tokens),
    answers: new Map(answers),
    patienceMs: PATIENCE_MS,
    leaves: random.pick(['close', 'close', 'reset', 'half']),
    edits: 0,
    over: 'http2',
    staysMs: HTTP2_STAYS_MS,
  };
}

/**
 * An answer over a kept connection comes in pieces only when it is exactly one answer: when the rest of a wrong one
 * comes after the connection has been given to another client, nobody can tell whose it is.
 */
function planAnswer(random: Random, text: string, request: string): Answer {
  const read = readAnswers(text, [request.split(' ', 1)[0] ?? 'GET'], 1);
  const isExact = read.fault === null && read.next === text.length && read.answers.at(-1)?.end === 'whole';
  const ending = random.percent(isExact ? 80 : 30) ? 'keep' : random.pick(['fin', 'fin', 'reset'] as const);
  const mayCut = isExact || request.includes(' /stream/');
  return { pieces: mayCut ? cut(random, text) : [text], ending };
}

function cut(random: Random, text: string): string[] {
  if (random.percent(60)) return [text];
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length && pieces.length < 6) {
    const to = from + 1 + random.int(random.percent(50) ? 8 : text.length);
    pieces.push(text.slice(from, to));
    from = to;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** The requests in what a client sends, up to the first that is malformed or not whole. */
function readAll(text: string): SeenRequest[] {
  const requests: SeenRequest[] = [];
  let at = 0;
  for (;;) {
    const reading = readRequest(text, at, STRICT);
    if (reading === null) return requests;
    requests.push({ ...reading.request, target: originForm(reading.request.target) });
    if (!reading.isWhole) return requests;
    at = reading.next;
  }
}

function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*(.*)$/is.exec(target);
  if (absolute === null) return target;
  return absolute[1]?.startsWith('/') ? absolute[1] : `/${absolute[1] ?? ''}`;
}
