import { describe, expect, it } from 'vitest';
import { readAnswers } from '../../bench/fuzz/answer-reader.ts';
import { Ledger } from '../../bench/fuzz/ledger.ts';
import { type Dialect, readRequest, STRICT } from '../../bench/fuzz/lenient-reader.ts';
import { makeCase } from '../../bench/fuzz/make-case.ts';

/** A case whose only request is a plain one. */
function honestCase(token: string) {
  const target = `/shop/${token}`;
  const answer = {
    pieces: [`HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n${token}`],
    ending: 'keep' as const,
  };
  return {
    index: 7,
    pieces: [],
    tokens: new Set([token]),
    requests: [{ line: '', method: 'POST', target, fields: [], body: 'hello' }],
    answers: new Map([[token, answer]]),
    patienceMs: 0,
    leaves: 'close' as const,
    edits: 0,
  };
}

const A = 'tok00000000000a';
const B = 'tok00000000000b';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n${A}`;

function forwarded(target: string, lines: readonly string[] = []) {
  const text = `POST ${target} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  const reading = readRequest(text, 0, STRICT);
  if (reading === null) throw new Error('not a request');
  return [reading.request, text] as const;
}

/** What the fuzzer would say of a gateway that does this. */
function kindsAfter(act: (ledger: Ledger, of: ReturnType<typeof honestCase>) => void): string[] {
  const ledger = new Ledger();
  const of = honestCase(A);
  ledger.expect(of);
  ledger.expect(honestCase(B));
  act(ledger, of);
  return ledger.violations.map(({ kind }) => kind);
}

describe('the fuzzer notices a gateway that', () => {
  it.each<[what: string, kind: string, act: Parameters<typeof kindsAfter>[0]]>([
    [
      'lets a smuggled request through',
      'request-smuggled',
      (ledger) => ledger.arrived(...forwarded('/admin')),
    ],
    [
      'sends a request twice',
      'request-repeated',
      (ledger) => {
        ledger.arrived(...forwarded(`/shop/${A}`));
        ledger.arrived(...forwarded(`/shop/${A}`));
      },
    ],
    [
      'passes on a forged address',
      'unsound-fields',
      (ledger) => ledger.arrived(...forwarded(`/shop/${A}`, ['X_Forwarded_For: 6.6.6.6'])),
    ],
    [
      'passes on both framings',
      'unsound-fields',
      (ledger) =>
        ledger.arrived(...forwarded(`/shop/${A}`, ['Content-Length: 1', 'Transfer-Encoding: chunked'])),
    ],
    [
      'changes a body',
      'request-body',
      (ledger) => {
        const [request, text] = forwarded(`/shop/${A}`);
        ledger.arrived(request, text);
        ledger.bodyArrived({ ...request, body: 'hellO' }, true);
      },
    ],
    [
      "shows a client another's bytes",
      'foreign-bytes',
      (ledger, of) => ledger.received(of, ANSWER.replace(A, B)),
    ],
    [
      'answers twice',
      'malformed-answer',
      (ledger, of) => ledger.received(of, `${ANSWER}HTTP/1.1 nonsense\r\n\r\n`),
    ],
    [
      'answers more often than it was asked',
      'extra-answer',
      (ledger, of) => ledger.received(of, ANSWER.repeat(3)),
    ],
    [
      'splits an answer',
      'malformed-answer',
      (ledger, of) => ledger.received(of, ANSWER.replace('\r\n\r\n', '\r\nX-A: b\nX-B: c\r\n\r\n')),
    ],
    [
      'hides that an answer was cut short',
      'truncation-hidden',
      (ledger, of) => {
        of.answers.get(A)?.pieces.splice(0, 1, ANSWER.replace('15', '99'));
        ledger.received(of, ANSWER);
      },
    ],
    [
      'fails',
      'internal-error',
      (ledger, of) =>
        ledger.received(
          of,
          'HTTP/1.1 500 Internal Server Error\r\nProxy-Status: unclog; error=proxy_internal_error\r\nContent-Length: 0\r\n\r\n',
        ),
    ],
  ])('%s', (_what, kind, act) => {
    expect(kindsAfter(act)).toContain(kind);
  });

  it('does nothing wrong, by saying nothing', () => {
    const kinds = kindsAfter((ledger, of) => {
      const [request, text] = forwarded(`/shop/${A}`);
      ledger.arrived(request, text);
      ledger.bodyArrived({ ...request, body: 'hello' }, true);
      ledger.received(of, ANSWER);
    });
    expect(kinds).toEqual([]);
  });
});

it('the same seed gives the same bytes', () => {
  for (let index = 0; index < 200; index++)
    expect(makeCase(5, index, 'full')).toEqual(makeCase(5, index, 'full'));
  expect(makeCase(5, 1, 'full').pieces).not.toEqual(makeCase(6, 1, 'full').pieces);
});

it('a careless reader and a strict one differ about what is ambiguous, and agree about what is not', () => {
  const careless: Dialect = { ...STRICT, framing: 'length', codings: 'loose', looseNames: true };
  const next = (text: string, dialect: Dialect) => readRequest(text, 0, dialect)?.next;
  const smuggling =
    'POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n';
  expect(next(smuggling, careless)).not.toBe(next(smuggling, STRICT));
  const clear =
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n';
  expect(next(clear, careless)).toBe(next(clear, STRICT));
});

it('an answer whose end is missing is short, and one whose framing is doubtful is a fault', () => {
  const read = (text: string) => readAnswers(text, ['GET']);
  expect(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel').answers[0]?.end).toBe('short');
  expect(read('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n').answers[0]?.end).toBe(
    'short',
  );
  expect(
    read('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n').answers[0]?.end,
  ).toBe('whole');
  expect(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n').fault).toBe(
    'both framings',
  );
});
