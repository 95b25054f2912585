import type { RuleContext, StreamProtocol } from '../../types.ts';
import { cutEvidence, cutPlace, cutSeverity, readCut } from '../cut.ts';
import { sentences } from '../phrases.ts';
import { defineRule } from '../rule.ts';

/** WHATWG HTML 9.2.6: an event ends with an empty line; what is left without one at the end is dropped. */
function endsInsideEvent({ hop }: RuleContext): boolean {
  const reason = hop.observation.end?.reason;
  const over = reason === 'complete' || reason === 'closed';
  const last = hop.timeline.releases.filter((release) => release.bytes > 0).at(-1);
  return over && hop.timeline.format === 'event-stream' && last?.cutsEvent === true;
}

/** What ends a whole answer, by protocol. */
const END_MARKERS: Readonly<Record<StreamProtocol['name'], string>> = {
  'chat-completions': '"data: [DONE]" or a finish_reason',
  responses: 'a response.completed event',
  messages: 'a message_stop event',
  mcp: 'a JSON-RPC result',
  ollama: 'a line with "done": true',
};

export const truncated = defineRule({
  id: 'truncated',
  title: 'The answer stops before its end',
  summary:
    'The connection ended in the middle of the body: the server or a hop crashed, restarted or gave up.',
  looksLike:
    'A chunked body without its last chunk, fewer bytes than Content-Length announced, or a connection reset.',
  why: 'A crash, a deployment, a reload that does not wait for streams, an overloaded hop, or a time limit that is not known.',
  sources: ['https://www.rfc-editor.org/rfc/rfc9112.html#section-8'],
  needs: ['response', 'end'],
  evaluate(context) {
    const cut = readCut(context);
    const { end, response } = context;
    if (cut === null && endsInsideEvent(context)) {
      return {
        severity: 'warning',
        confidence: 'likely',
        explanation:
          'The answer ended in the middle of an event, though its framing does not show a break: a hop may have ended it cleanly after its own upstream broke off. Browsers discard the unfinished event.',
        evidence: [],
        fixes: [],
      };
    }
    // A cut with a known cause has its own finding.
    if (cut === null || cut.cause !== 'unknown') return null;
    const protocol = context.hop.timeline.protocol;
    const unmarked =
      protocol !== null && !protocol.endMarker && end.reason !== 'reset' && end.reason !== 'truncated';
    const how = unmarked
      ? `The answer ended without ${END_MARKERS[protocol.name]}, which ends every whole answer of this kind. Its framing shows no break: the sender, or a hop whose upstream broke off, ended it as if it were complete.`
      : end.reason === 'reset'
        ? 'The connection was reset in the middle of the answer.'
        : end.reason === 'truncated' && response.framing === 'content-length'
          ? 'The connection ended before all bytes that Content-Length announces had come.'
          : end.reason === 'truncated' && context.hop.observation.browser !== undefined
            ? 'The answer ended before the last event that the page had asked for; a browser does not tell how.'
            : end.reason === 'truncated'
              ? 'The connection ended without the last chunk that marks the end of the answer.'
              : 'The answer ended here while the stream went on elsewhere.';
    return {
      severity: cutSeverity(cut),
      confidence: cut.nearerWentOn ? 'proven' : 'likely',
      explanation: sentences(how, cutPlace(context, cut)),
      evidence: cutEvidence(context, cut),
      fixes: [],
    };
  },
});
