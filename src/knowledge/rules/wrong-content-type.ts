import { EVENT_STREAM, mediaType } from '../../http/media-type.ts';
import type { HopFacts } from '../../types.ts';
import { fixesAt } from '../blame.ts';
import { sentences, textEvidence } from '../phrases.ts';
import { isEventStreamType } from '../readings.ts';
import { defineRule } from '../rule.ts';

/** Fewer bytes can be the start of a stream that is held: too little to say that they are none. */
const ENOUGH_BYTES = 32;

const SSE = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model';

/** What is wrong, in one or two sentences; null when type and body agree. */
function complaint(hop: HopFacts): string | null {
  const type = mediaType(hop.timeline.contentType);
  const { looksLikeEventStream, firstText, bodyBytes, decoded, events } = hop.timeline;
  if (looksLikeEventStream && type !== EVENT_STREAM) {
    return `The body is an event stream, but the content type says ${type ?? 'nothing'}: EventSource refuses it, and proxies do not recognise the stream.`;
  }
  if (type === 'text/html' || (type === null && /^\s*<(!doctype|html)/i.test(firstText))) {
    return 'The answer is an HTML page: a sign-in page, an error page, or the single-page application that answers every unknown path.';
  }
  if (hop.verdict === 'not-a-stream') return `The content type is ${type ?? 'missing'}, which is no stream.`;
  const garbage = isEventStreamType(hop) && decoded && bodyBytes >= ENOUGH_BYTES && firstText !== '';
  if (garbage && !looksLikeEventStream && events.length === 0) {
    return 'The content type says event stream, but the body does not read as one (no "data:", "event:", "id:" or ":" lines).';
  }
  return null;
}

export const wrongContentType = defineRule({
  id: 'wrong-content-type',
  title: 'Content type and body do not fit a stream',
  summary:
    'Clients decide by the content type whether this is a stream. EventSource accepts text/event-stream only.',
  looksLike:
    'An HTML page or JSON in place of the stream, an event stream sent as text/plain or application/octet-stream, or something else sent as text/event-stream.',
  why: 'The application does not set the type, a proxy replaces it, or another page answers (sign-in, error, single-page application).',
  sources: [SSE],
  needs: ['response'],
  evaluate(context) {
    const { hop, response, nearer } = context;
    if (response.status < 200 || response.status >= 300 || response.status === 204) return null;
    const told = complaint(hop);
    if (told === null) return null;
    const changed = nearer !== null && isEventStreamType(nearer) && !isEventStreamType(hop);
    return {
      severity: 'error',
      confidence: changed ? 'proven' : 'likely',
      explanation: sentences(
        told,
        changed
          ? `"${nearer.name}" sends ${EVENT_STREAM}: the hop in between answers in its place or changes the type.`
          : null,
      ),
      evidence: [textEvidence('Content-Type', hop.timeline.contentType ?? 'none', EVENT_STREAM)],
      // A page in the stream's place is another answer, not the stream under a wrong name.
      fixes: hop.timeline.looksLikeEventStream ? fixesAt(context, 'wrong-content-type') : [],
    };
  },
});
