import { expect, test } from 'vitest';
import { VERDICTS } from '../../src/types.ts';
import { finding, holds, hopFacts, reportOf, steady } from '../support/report-builder.ts';

test('Times count from the start of the request, whenever that was, in tenths of a millisecond', () => {
  const facts = hopFacts({ startMs: 123.4, headMs: 2.349, arrivalsMs: [10.04, 20.06], endMs: 30 });
  const [hop] = reportOf([facts]).hops;
  expect(hop?.timings).toEqual({
    dnsMs: null,
    connectMs: 0.4,
    tlsMs: null,
    responseHeadMs: 2.3,
    firstByteMs: 2.3,
    firstEventMs: 10,
    totalMs: 30,
  });
  expect(hop?.arrivalsMs).toEqual([10, 20.1]);
});

test('What did not happen is null', () => {
  const facts = hopFacts({
    arrivalsMs: [],
    verdict: 'unreachable',
    holdBasis: 'none',
    clockErrorMs: null,
    error: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED', phase: 'connect', atMs: 1.5 },
  });
  const [hop] = reportOf([facts]).hops;
  expect(hop).toMatchObject({ response: null, end: null, hold: null });
  expect(hop?.timings).toMatchObject({
    connectMs: null,
    responseHeadMs: null,
    firstEventMs: null,
    totalMs: 1.5,
  });
  expect(hop?.events).toMatchObject({ count: 0, holdMs: null, gapMs: null, clockErrorMs: null });
});

test('Gaps are taken between neighbours, holds from the samples', () => {
  const facts = hopFacts({ arrivalsMs: [100, 200, 500], holds: holds(1, 2, 30.04) });
  const [hop] = reportOf([facts]).hops;
  expect(hop?.events.gapMs).toEqual({ p50: 100, p95: 300, p99: 300, max: 300 });
  expect(hop?.events.holdMs).toEqual({ p50: 2, p95: 30, p99: 30, max: 30 });
});

test('Holds measured while the prober was late do not count, unless there are no others', () => {
  const [sure, unsure] = holds(1, 900);
  if (!sure || !unsure) throw new Error('two samples');
  const late = { ...unsure, unsure: true };
  expect(reportOf([hopFacts({ holds: [sure, late] })]).hops[0]?.events.holdMs?.max).toBe(1);
  expect(reportOf([hopFacts({ holds: [late] })]).hops[0]?.events.holdMs?.max).toBe(900);
});

test('The end says how long no byte had come', () => {
  const facts = hopFacts({ arrivalsMs: [100, 250], endMs: 60_250, endReason: 'truncated' });
  expect(reportOf([facts]).hops[0]?.end).toEqual({ reason: 'truncated', afterMs: 60_250, quietMs: 60_000 });
});

test('Without a body, quiet counts from the head', () => {
  const facts = hopFacts({ arrivalsMs: [], headMs: 50, endMs: 1_050 });
  expect(reportOf([facts]).hops[0]?.end?.quietMs).toBe(1_000);
});

test('Of many arrivals 2,000 are kept, the first and the last among them; the count stays true', () => {
  const arrivalsMs = steady(4_500, 2);
  const [hop] = reportOf([hopFacts({ arrivalsMs })]).hops;
  expect(hop?.events.count).toBe(4_500);
  expect(hop?.arrivalsMs).toHaveLength(2_000);
  expect(hop?.arrivalsMs.at(0)).toBe(2);
  expect(hop?.arrivalsMs.at(-1)).toBe(9_000);
});

test.each(VERDICTS.slice(0, -1).map((verdict, i) => [verdict, VERDICTS[i + 1] ?? 'streaming'] as const))(
  '%s outranks %s',
  (worse, better) => {
    expect(reportOf([hopFacts({ verdict: better }), hopFacts({ verdict: worse })]).verdict).toBe(worse);
  },
);

test('URLs, cookies, findings, notes and the next command hold no secrets', () => {
  const secret = 's3cr3t';
  const report = reportOf(
    [
      hopFacts({
        url: `https://u:${secret}@example.com/x?t=${secret}#${secret}`,
        headers: [
          ['Set-Cookie', `sid=${secret}; Path=/`],
          ['Location', `/y?t=${secret}`],
          ['X-Api-Key', secret],
        ],
        intermediaries: [
          {
            id: 'nginx',
            version: null,
            confidence: 'likely',
            evidence: [`Location: https://a/?t=${secret}`],
          },
        ],
      }),
    ],
    [
      finding({
        title: `see https://a/?t=${secret}`,
        explanation: `moved to https://u:${secret}@a/`,
        evidence: [{ what: 'Location', value: `https://a/?t=${secret}`, unit: '' }],
      }),
    ],
    { next: `unclog https://a/?t=${secret}`, warnings: [`https://a/?t=${secret} is slow`] },
  );
  expect(JSON.stringify(report)).not.toContain(secret);
});

test('The body is never in the report', () => {
  const facts = hopFacts({ chunkText: 'data: private words\n\n' });
  const json = JSON.stringify(reportOf([facts]));
  expect(json).not.toContain('private words');
  expect(json).not.toContain(Buffer.from('data: private words\n\n').toString('base64'));
});

test.each([
  ['ECONNREFUSED', 'connect', '127.0.0.1 refuses connections on port 8000: nothing listens there'],
  ['ENOTFOUND', 'dns', 'the host name 127.0.0.1 does not resolve'],
  ['UNCLOG_TIMEOUT', 'head', 'no response head within 60 s'],
  ['UNCLOG_TIMEOUT', 'connect', 'no connection within 60 s'],
  ['CERT_HAS_EXPIRED', 'tls', 'TLS: the certificate of 127.0.0.1 has expired'],
  ['EODD', 'head', 'raw message'],
] as const)('%s while %s is told as a sentence: %s', (code, phase, message) => {
  const error = { code, message: 'raw message', phase, atMs: 60_000 };
  const [hop] = reportOf([hopFacts({ arrivalsMs: [], verdict: 'unreachable', error })]).hops;
  expect(hop?.error).toEqual({ code, message });
});

test('A hop that answered has no error', () => {
  expect(reportOf([hopFacts()]).hops[0]).not.toHaveProperty('error');
});

test('The start is an ISO time, given as text or as a Date', () => {
  const startedAt = new Date('2026-01-31T12:00:00Z');
  expect(reportOf([], [], { startedAt }).startedAt).toBe('2026-01-31T12:00:00.000Z');
  expect(reportOf([], [], { startedAt: '2026-01-31T13:00:00+01:00' }).startedAt).toBe(
    '2026-01-31T12:00:00.000Z',
  );
});
