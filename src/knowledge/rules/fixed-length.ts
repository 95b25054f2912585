import { headerValue } from '../../http/header-list.ts';
import { fixesAt, holdSeverity } from '../blame.ts';
import { bytesEvidence, sentences } from '../phrases.ts';
import { headersOf, isEventStreamType, isStreamAnswer } from '../readings.ts';
import { defineRule } from '../rule.ts';

export const fixedLength = defineRule({
  id: 'fixed-length',
  title: 'An event stream with a Content-Length',
  summary: 'Whoever knows the length of the stream has seen all of it: it was collected before it was sent.',
  looksLike: 'Content-Length together with Content-Type: text/event-stream.',
  why: 'lighttpd with stream-response-body 0, Varnish with do_stream false, a cache that replays a recording, or an application that builds the whole body.',
  sources: [
    'https://www.rfc-editor.org/rfc/rfc9112.html#section-6.3',
    'https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_stream-response-bodyDetails',
  ],
  needs: ['response'],
  evaluate(context) {
    const { hop, nearer } = context;
    const length = headerValue(headersOf(hop), 'content-length');
    if (length === null || !isEventStreamType(hop) || !isStreamAnswer(hop)) return null;
    const nearerAnswer = nearer?.observation.response ?? null;
    const addedHere = nearerAnswer !== null && headerValue(nearerAnswer.headers, 'content-length') === null;
    const inherited = nearerAnswer !== null && !addedHere;
    return {
      severity: inherited ? 'info' : hop.hold !== null && holdSeverity(hop) === 'error' ? 'error' : 'warning',
      confidence: addedHere ? 'proven' : 'likely',
      explanation: sentences(
        `The answer announces ${length} bytes, so something knew the whole stream before it sent the head.`,
        addedHere
          ? `"${nearer?.name}" sends no Content-Length: the hop in between collected the stream.`
          : null,
        inherited ? `"${nearer?.name}" sends it as well: look there first.` : null,
      ),
      evidence: [bytesEvidence('Content-Length', Number(length) || 0, 'absent')],
      fixes: inherited ? [] : fixesAt(context, 'fixed-length'),
    };
  },
});
