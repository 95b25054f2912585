import { expect } from 'vitest';
import type { FindingId, Report } from '../../../src/types.ts';
import { type Passthrough, STREAMS } from '../drivers/pair.ts';
import { runLockstep } from '../lockstep-client.ts';
import { ask, newToken, openAnswer, seenBy, seenUntil } from './ask.ts';
import { expectFirstFix, probeBeside, said } from './judging.ts';
import type { ProductPair, RunningHalf } from './pairs.ts';

const STREAM = '/.well-known/unclog/stream';
const EVENT_STREAM = { Accept: 'text/event-stream' };

/** Event n+1 is sent only after event n arrived, the first only after the head: to a client that accepts gzip. */
export async function expectLockstep(
  origin: string,
  half: RunningHalf,
  head: Passthrough['head'],
): Promise<void> {
  const run = {
    through: half.url,
    direct: origin,
    events: 50,
    eventBytes: 600,
    // Where the head waits for a byte, a comment behind it is that byte.
    parameters: { fill: 'repeated', ...(head === undefined ? {} : { opening: '4' }) },
    headers: { 'Accept-Encoding': 'gzip' },
    awaitHead: true,
  };
  const [chunked, closing] = await Promise.all([runLockstep(run), runLockstep({ ...run, framing: 'close' })]);
  for (const outcome of [chunked, closing]) expect(outcome).toMatchObject({ delivered: 50, stalledAt: null });
  expect(chunked.head).not.toMatch(/^content-(encoding|length):/im);
}

/** A stream that answers a POST flows as well; what came with the request arrives. */
export async function expectRequestArrives(
  origin: string,
  half: RunningHalf,
  head: Passthrough['head'],
): Promise<void> {
  const token = newToken();
  const body = JSON.stringify({ question: 'x'.repeat(2_000) });
  const outcome = await runLockstep({
    through: half.url,
    direct: origin,
    events: 10,
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', 'Last-Event-ID': '41' },
    parameters: { token },
    awaitHead: head === undefined,
  });
  expect(outcome).toMatchObject({ delivered: 10, stalledAt: null });
  const [request] = await seenBy(origin, token);
  expect(request).toMatchObject({ method: 'POST', body: { bytes: body.length, complete: true } });
  expect(request?.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`)).toContain(
    'last-event-id: 41',
  );
}

const LEFT_WITHIN_MS = 8_000;

/** A client that leaves a quiet stream is passed on to the origin. */
export async function expectLeavingPassedOn(
  origin: string,
  half: RunningHalf,
  leaving: Passthrough['leaving'] = 'at once',
): Promise<void> {
  const token = newToken();
  const pace = leaving === 'at once' ? 'events=2&quiet-after=1&quiet=20s' : 'events=60&interval=200ms';
  const answer = await openAnswer(`${half.url}${STREAM}?${pace}&token=${token}`, EVENT_STREAM);
  await new Promise((resolve, reject) => answer.once('data', resolve).once('end', reject));
  answer.destroy();
  const requests = await seenUntil(origin, token, ([one]) => one?.end != null, LEFT_WITHIN_MS);
  expect(requests.map(({ end }) => end?.reason)).toEqual(['client-left']);
}

/** Two clients that ask for the same stream each get one of their own, even if the origin forgets to forbid storing it. */
export async function expectOwnStreams(origin: string, half: RunningHalf): Promise<void> {
  const token = newToken();
  const url = `${half.url}${STREAM}?events=5&interval=100ms&cache-control=none&token=${token}`;
  await Promise.all([ask(url, EVENT_STREAM), ask(url, EVENT_STREAM)]);
  expect(await seenBy(origin, token)).toHaveLength(2);
}

/** What is no stream arrives whole, and keeps what the configuration promises. */
export async function expectOrdinary(
  origin: string,
  half: RunningHalf,
  keeps: NonNullable<Passthrough['keeps']> = [],
): Promise<void> {
  const token = newToken();
  // Not where streams are: a configuration may know them by their path.
  const page = `/pages${STREAM}?events=4&interval=1ms&size=1k&fill=repeated&type=text/html&cache-control=none&token=${token}`;
  const first = await ask(half.url + page, { 'Accept-Encoding': 'identity' });
  expect(first.response.statusCode).toBe(200);
  expect(first.body.toString().match(/"seq":\d/g)).toHaveLength(4);
  if (keeps.includes('cache')) {
    await ask(half.url + page, { 'Accept-Encoding': 'identity' });
    expect(await seenBy(origin, token), 'the second reader is served from the cache').toHaveLength(1);
  }
  if (!keeps.includes('compression')) return;
  const coded = await ask(half.url + page, { 'Accept-Encoding': 'gzip' });
  expect(coded.response.headers['content-encoding']).toBe('gzip');
}

/** The probe finds nothing to say, though the stream is silent for 4 s in the middle, or its head comes late. */
export async function expectStreaming(
  origin: string,
  pair: ProductPair,
  half: RunningHalf,
  path: string,
): Promise<void> {
  const last = Math.floor(Number(/events=(\d+)/.exec(path)?.[1]) / 2);
  const quiet = path.includes('quiet=') ? path : `${path}&quiet-after=${last}&quiet=4s`;
  const reports = await Promise.all(
    [quiet, STREAMS.lateHead].map((one) => probeBeside(origin, pair, half, one)),
  );
  for (const report of reports) {
    const { hop, errors } = said(report, pair.product);
    expect(hop).toMatchObject({ verdict: 'streaming', hold: null });
    expect(errors).toEqual([]);
  }
}

/** With the line that decides lowered to 2 s the same streams are cut: the line is the right one, and its value is ample. */
export async function expectCutWhenLowered(
  origin: string,
  pair: ProductPair,
  lowered: RunningHalf,
  lateHead: NonNullable<Passthrough['timeouts']>['lateHead'],
): Promise<void> {
  const [quiet, late] = await Promise.all([
    probeBeside(origin, pair, lowered, STREAMS.quiet),
    probeBeside(origin, pair, lowered, STREAMS.lateHead),
  ]);
  await expectCut(quiet, pair, 'cut-when-idle');
  expect(quiet.hops[1]?.end?.quietMs).toBeGreaterThan(1_500);
  if (lateHead === 'timed-out-before-head') return expectCut(late, pair, lateHead);
  const { hop } = said(late, pair.product);
  if (lateHead === 'unreachable') return void expect(hop.verdict).toBe('unreachable');
  expect(hop.verdict).toBe('not-a-stream');
  expect(hop.response?.status).toBeGreaterThanOrEqual(500);
  expect(hop.timings.responseHeadMs).toBeGreaterThan(1_500);
}

async function expectCut(report: Report, pair: ProductPair, finding: FindingId): Promise<void> {
  expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'cut']);
  const { errors } = said(report, pair.product);
  expect(errors.map(({ id }) => id)).toEqual([finding]);
  await expectFirstFix(pair, errors, null);
}
