import { headerValue } from '../../http/header-list.ts';
import type { HeaderList, HopFacts } from '../../types.ts';
import { blameSentence, fixesAt } from '../blame.ts';
import { eventsEvidence, sentences, textEvidence } from '../phrases.ts';
import { headersOf, headWaitMs, isStreamAnswer } from '../readings.ts';
import { defineRule } from '../rule.ts';

/** Fields in which caches say what they did. Values begin with HIT, or name it as a member. */
const CACHE_FIELDS = [
  'x-cache',
  'cf-cache-status',
  'x-cache-status',
  'x-proxy-cache',
  'cdn-cache',
  'x-nginx-cache',
  'x-varnish-cache',
  'cache-status',
];
/** An event older than the request by more than this was not sent for it, whatever the clocks. */
const OLD_MS = 2_000;
/** So many old events in the first release are a recording. */
const LEAST_OLD = 3;

function hitField(headers: HeaderList): string | null {
  for (const field of CACHE_FIELDS) {
    const value = headerValue(headers, field);
    if (value !== null && /\bhit\b/i.test(value)) return `${field}: ${value}`;
  }
  return null;
}

/** Events in the first release that were sent clearly before the request. */
function oldEvents({ observation, timeline, clockErrorMs }: HopFacts): number {
  const first = timeline.events[0];
  if (first === undefined) return 0;
  const { requestMs, startMs } = observation.marks;
  const requestEpochMs = observation.startedAtEpochMs + (requestMs ?? startMs);
  const limit = requestEpochMs - OLD_MS - (clockErrorMs ?? 0);
  return timeline.events.filter(
    ({ atMs, sentAtEpochMs }) => atMs - first.atMs < 100 && sentAtEpochMs !== null && sentAtEpochMs < limit,
  ).length;
}

/** `Age` beyond what this very answer took to begin: a cache that fetches a stream whole counts that time as well. */
function storedForSeconds(hop: HopFacts): number {
  const age = Number(headerValue(headersOf(hop), 'age') ?? 0);
  const waitedSeconds = (headWaitMs(hop.observation) ?? 0) / 1_000;
  return age > waitedSeconds + 1 ? age : 0;
}

export const servedFromCache = defineRule({
  id: 'served-from-cache',
  title: 'The stream comes from a cache',
  summary: 'A cache answers with a recording, or with another reader’s stream, in place of the live one.',
  looksLike:
    'Age above 0 or X-Cache: HIT; events that were sent before the request; the whole stream at once, equal for every reader.',
  why: 'The answer did not forbid storing, and a cache in between (Varnish, nginx proxy_cache, a CDN) treats it as any other page.',
  sources: [
    'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.1',
    'https://bunny.net/docs/cdn/server-sent-events',
    'https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/',
  ],
  needs: ['response'],
  evaluate(context) {
    const { hop, nearer } = context;
    if (!isStreamAnswer(hop)) return null;
    const headers = headersOf(hop);
    const hit = hitField(headers);
    const age = storedForSeconds(hop);
    // A new reader may be given the latest events by the origin itself: old stamps alone, without a hit, say nothing.
    const old = oldEvents(hop);
    const nearerOld = nearer === null ? null : oldEvents(nearer);
    const replayed =
      old >= LEAST_OLD && (hit !== null || age > 0 || (nearerOld !== null && nearerOld < LEAST_OLD));
    if (hit === null && !(age > 0) && !replayed) return null;
    const inherited =
      nearer !== null &&
      nearer.observation.response !== null &&
      (hitField(headersOf(nearer)) ?? null) === hit &&
      hit !== null;
    return {
      severity: inherited ? 'info' : replayed ? 'error' : 'warning',
      confidence: replayed && nearerOld !== null && nearerOld < LEAST_OLD ? 'proven' : 'likely',
      explanation: sentences(
        replayed
          ? 'The first events were sent before this request was made: this is a recording.'
          : 'The answer says that it comes from a cache.',
        inherited
          ? `"${nearer?.name}" says so as well: look there first.`
          : blameSentence(hop, 'served-from-cache'),
      ),
      evidence: [
        ...(age > 0 ? [textEvidence('Age', age, 'absent or 0')] : []),
        ...(hit === null ? [] : [textEvidence('cache says', hit, 'a miss, or nothing')]),
        ...(old > 0 ? [eventsEvidence('events older than the request', old, '0')] : []),
      ],
      fixes: inherited ? [] : fixesAt(context, 'served-from-cache'),
    };
  },
});
