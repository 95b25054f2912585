import { readAnswers, type SeenAnswer, type SeenAnswers } from './answer-reader.ts';
import { readFrames } from './http2-wire.ts';
import { countInsertions, type Insertions, withoutInsertions } from './insertions.ts';
import type { SeenRequest } from './lenient-reader.ts';
import type { Answer, FuzzCase } from './make-case.ts';
import { TOKEN } from './messages.ts';
import { HEALTH_TARGET, type Profile } from './profile.ts';

/** Something that must never happen. */
export interface Violation {
  kind: string;
  /** Of the client whose bytes led to it; null when nobody's did. */
  caseIndex: number | null;
  what: string;
  /** The bytes in question, Latin-1. */
  bytes: string;
}

interface Entry {
  request: SeenRequest;
  of: FuzzCase;
  arrived: boolean;
}

/** How many cases back requests may still be on their way. */
const REMEMBERED_CASES = 5_000;

const HEALTHY: Answer = { pieces: ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'], ending: 'keep' };
const UNKNOWN: Answer = { pieces: ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'], ending: 'keep' };

/** Knows what every client sent and was to be answered; both ends report to it. */
export class Ledger {
  readonly violations: Violation[] = [];
  /** Lines that the gateway put into answers, if it may. */
  readonly inserted: Insertions = { comments: 0, stamps: 0, retries: 0 };
  readonly #mayInsert: boolean;
  /** Answers that clients got, by status; `none` for connections that ended without. */
  readonly statuses = new Map<string, number>();
  readonly #expected = new Map<string, Entry[]>();
  readonly #recent: FuzzCase[] = [];
  readonly #tokens = new Set<string>();

  constructor(profile: Profile = 'plain') {
    this.#mayInsert = profile === 'full';
  }

  expect(of: FuzzCase): void {
    for (const request of of.requests) {
      const entries = this.#expected.get(request.target) ?? [];
      entries.push({ request, of, arrived: false });
      this.#expected.set(request.target, entries);
    }
    for (const token of of.tokens) this.#tokens.add(token);
    this.#recent.push(of);
    if (this.#recent.length > REMEMBERED_CASES) this.#forget(this.#recent.shift() as FuzzCase);
  }

  /** The upstream got a request; says how it is answered. */
  arrived(request: SeenRequest, text: string): Answer {
    const entries = this.#expected.get(request.target) ?? [];
    const entry = entries.find(
      (candidate) => !candidate.arrived && candidate.request.method === request.method,
    );
    if (entry === undefined && this.#mayInsert && request.target === HEALTH_TARGET) return HEALTHY;
    if (entry === undefined) {
      const kind = entries.length > 0 ? 'request-repeated' : 'request-smuggled';
      this.violate(kind, request.target, 'the upstream got a request that no client sent:', text);
      return UNKNOWN;
    }
    entry.arrived = true;
    this.#checkFields(request, text);
    const token = request.target.match(TOKEN)?.[0] ?? '';
    return entry.of.answers.get(token) ?? UNKNOWN;
  }

  /** The upstream has a request's body, or as much of it as came before the connection ended. */
  bodyArrived(request: SeenRequest, isWhole: boolean): void {
    const entries = this.#expected.get(request.target) ?? [];
    // Damaged targets may lose their token, so that several clients mean the same: one of them has to be right.
    const sent = entries.filter((entry) => entry.request.method === request.method);
    if (sent.length === 0) return;
    const isRight = sent.some((entry) =>
      isWhole ? request.body === entry.request.body : entry.request.body.startsWith(request.body),
    );
    if (!isRight)
      this.violate(
        'request-body',
        request.target,
        'the upstream got another body than was sent:',
        request.body,
      );
  }

  /** A client's connection is over. */
  received(of: FuzzCase, text: string): void {
    const foreign = [...text.matchAll(TOKEN)].find(
      ([token]) => !of.tokens.has(token) && this.#tokens.has(token),
    );
    if (foreign !== undefined)
      this.#add('foreign-bytes', of.index, `a client got ${foreign[0]}, which is another's:`, text);
    if (of.over === 'http2') this.#receivedFrames(of, text);
    else this.#receivedAnswers(of, text);
  }

  #receivedAnswers(of: FuzzCase, text: string): void {
    const read = readAnswers(
      text,
      of.requests.map(({ method }) => method),
    );
    if (read.fault !== null && !endsInBrokenAnswer(read, of))
      this.#add('malformed-answer', of.index, `${read.fault} in what a client got:`, text);
    // What is malformed may be refused twice: its line as a request of HTTP/0.9, its fields as no request at all.
    const ofUpstream = read.answers.filter(({ head }) => !head.includes('\r\nProxy-Status: unclog'));
    if (ofUpstream.length > of.requests.length || read.answers.length > of.requests.length + 2)
      this.#add('extra-answer', of.index, 'a client got more answers than it asked for:', text);
    for (const answer of read.answers) {
      this.#count(String(answer.status));
      if (answer.head.includes('proxy_internal_error'))
        this.#add('internal-error', of.index, 'the gateway failed:', answer.head);
    }
    if (read.answers.length === 0) this.#count('none');
    this.#checkTruth(read, of, text);
  }

  #receivedFrames(of: FuzzCase, text: string): void {
    const { streams, fault } = readFrames(text);
    if (fault !== null) this.#add('malformed-answer', of.index, `${fault} in what a client got:`, text);
    if (streams.size === 0) this.#count('HTTP/2: none');
    for (const [id, { status, body, end }] of streams) {
      this.#count(`HTTP/2: ${status ?? 'other'}${end === 'reset' ? ', reset' : ''}`);
      const request = of.requests[(id - 1) / 2];
      const answer = of.answers.get(request?.target.match(TOKEN)?.[0] ?? '');
      if (status !== 200 || body === '' || request === undefined || answer === undefined) continue;
      const sent = readAnswers(answer.pieces.join(''), [request.method], 1);
      const head = sent.answers.at(-1)?.head ?? '';
      const seenEnd = end === 'whole' ? 'whole' : 'short';
      this.#checkBody({ status, head, body, end: seenEnd }, sent, of, text);
      if (end === 'whole' && sent.answers.at(-1)?.end === 'short')
        this.#add('truncation-hidden', of.index, 'an answer that was cut short looks whole:', text);
    }
  }

  /** @param target of the request that led to it */
  violate(kind: string, target: string, what: string, bytes: string): void {
    const of = this.#expected.get(target)?.[0]?.of ?? this.#ofTokens(bytes);
    this.#add(kind, of?.index ?? null, what, bytes);
  }

  #ofTokens(bytes: string): FuzzCase | undefined {
    const [token = ''] = bytes.match(TOKEN) ?? [];
    return this.#recent.find(({ tokens }) => tokens.has(token));
  }

  #checkFields({ fields, target }: SeenRequest, text: string): void {
    const values = (name: string) =>
      fields.filter(([key]) => key.replaceAll('_', '-') === name).map(([, value]) => value);
    const isSound =
      values('host').length === 1 &&
      values('content-length').length + values('transfer-encoding').length <= 1 &&
      values('x-forwarded-for').join() === '127.0.0.1' &&
      fields.every(
        ([name]) =>
          !/^proxy(?:-|$)/.test(name.replaceAll('_', '-')) &&
          name !== 'forwarded' &&
          name !== 'unclog-stamp' &&
          name !== 'http2-settings',
      );
    if (!isSound)
      this.violate('unsound-fields', target, 'the upstream got fields that no client may send on:', text);
  }

  /** An answer that broke off on its way must not look whole to the client. */
  #checkTruth(read: SeenAnswers, of: FuzzCase, text: string): void {
    for (const [i, request] of of.requests.entries()) {
      const got = read.answers[i];
      const answer = of.answers.get(request.target.match(TOKEN)?.[0] ?? '');
      if (got === undefined || answer === undefined) continue;
      if (got.status > 299 || got.body === '' || got.head.includes('Proxy-Status: unclog')) continue;
      const sent = readAnswers(answer.pieces.join(''), [request.method], 1);
      this.#checkBody(got, sent, of, text);
      if (got.end !== 'whole') continue;
      if (sent.answers.at(-1)?.end === 'short')
        this.#add(
          'truncation-hidden',
          of.index,
          `an answer that was cut short (${sent.fault ?? 'ended early'}) looks whole:`,
          text,
        );
    }
  }

  /** What came of a body has to be its beginning, but for lines that the gateway may put into event streams. */
  #checkBody(got: SeenAnswer, sent: SeenAnswers, of: FuzzCase, text: string): void {
    const answer = sent.answers.at(-1);
    if (answer === undefined || sent.fault !== null || got.status < 200) return;
    if (/\r\ncontent-encoding:/i.test(answer.head)) return;
    // A head that went out early is the gateway's own, whatever came behind it.
    const isStream =
      this.#mayInsert &&
      [got, answer].some(({ head }) => /\r\ncontent-type: *text\/event-stream/i.test(head));
    if (isStream) {
      const counted = countInsertions(got.body);
      this.inserted.comments += counted.comments;
      this.inserted.stamps += counted.stamps;
      this.inserted.retries += counted.retries;
    }
    const [mine, its] = isStream
      ? [withoutInsertions(got.body), withoutInsertions(answer.body)]
      : [got.body, answer.body];
    if (!its.startsWith(mine))
      this.#add('changed-answer', of.index, 'a client got a body that the upstream did not send:', text);
  }

  #count(status: string): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  #add(kind: string, caseIndex: number | null, what: string, bytes: string): void {
    this.violations.push({ kind, caseIndex, what, bytes });
  }

  #forget(of: FuzzCase): void {
    for (const token of of.tokens) this.#tokens.delete(token);
    for (const { target } of of.requests) {
      const entries = (this.#expected.get(target) ?? []).filter((entry) => entry.of !== of);
      if (entries.length === 0) this.#expected.delete(target);
      else this.#expected.set(target, entries);
    }
  }
}

/** A stream's chunks are passed on as they come; where the upstream's framing broke, the client's breaks off too. */
function endsInBrokenAnswer({ answers }: SeenAnswers, of: FuzzCase): boolean {
  return answers.at(-1)?.end === 'short' && of.answers.size > 0;
}
