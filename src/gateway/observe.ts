import { fromRawHeaders, headerTokens, headerValue } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { undoableCoding } from './decode.ts';
import type { Exchange } from './exchange.ts';
import type { PayloadWatcher } from './payload-watcher.ts';
import { type AnswerHead, clientHeaders } from './response-head.ts';
import { type Observation, UpstreamMeter } from './upstream-meter.ts';

/** The fields by which passthrough would differ. */
export const OBSERVED_CHANGES = [
  'accept-encoding',
  'cache-control',
  'content-encoding',
  'content-length',
  'incremental',
  'x-accel-buffering',
] as const;
export type ObservedChange = (typeof OBSERVED_CHANGES)[number];

/**
 * Watches one stream in place of changing it: what passthrough would do to it is in `exchange.observed` from now on. Call
 * it before the head is sent; `answer` is the upstream's.
 */
export function observeStream(exchange: Exchange, answer: AnswerHead): PayloadWatcher {
  const coding = headerTokens(answer.headers, 'content-encoding').find((token) => token !== 'identity');
  const meter = new UpstreamMeter(exchange.startedMs, coding ?? null);
  const wouldChange = changesOf(exchange, answer);
  exchange.observed = () => ({ wouldChange, upstream: meter.delivery }) satisfies Observation;
  return meter;
}

function changesOf(exchange: Exchange, answer: AnswerHead): ObservedChange[] {
  const changes = new Set<ObservedChange>();
  const asked = headerTokens(fromRawHeaders(exchange.req.rawHeaders), 'accept-encoding');
  // Both only on declared stream routes.
  if (exchange.route === 'stream') {
    if (asked.join() !== 'identity') changes.add('accept-encoding');
    if (undoableCoding(answer.headers) !== null) changes.add('content-encoding');
  }
  const differs = (name: string, before: HeaderList, after: HeaderList): boolean =>
    headerValue(before, name) !== headerValue(after, name);
  const [before, after] = [clientHeaders(answer, false), clientHeaders(answer, true)];
  for (const name of OBSERVED_CHANGES) if (differs(name, before, after)) changes.add(name);
  return OBSERVED_CHANGES.filter((name) => changes.has(name));
}
