import { fixesFor } from '../fixes.ts';
import { sentences, textEvidence } from '../phrases.ts';
import { hasAccelOptOut, hasIncremental, headersOf, isStreamAnswer } from '../readings.ts';
import { defineRule } from '../rule.ts';

export const missingOptOut = defineRule({
  id: 'missing-opt-out',
  title: 'The stream does not ask intermediaries not to buffer',
  summary:
    'The origin sends no header that asks for immediate delivery. It costs nothing, and the next nginx in front needs it.',
  looksLike:
    'Neither "X-Accel-Buffering: no" nor "Incremental: ?1" in the response head nearest to the origin.',
  why: 'Most frameworks do not add the headers. nginx and products built on it obey X-Accel-Buffering; Incremental is the standard (RFC 10036) that others begin to obey.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    'https://www.rfc-editor.org/rfc/rfc10036.html',
    'https://github.com/modelcontextprotocol/modelcontextprotocol/pull/1644',
  ],
  needs: ['response'],
  evaluate({ hop, hops }) {
    if (hop.index !== 0 || !isStreamAnswer(hop)) return null;
    const headers = headersOf(hop);
    const someHeld = hops.some((one) => one.verdict === 'held');
    if (hasAccelOptOut(headers) || (hasIncremental(headers) && !someHeld)) return null;
    const nginx = hop.intermediaries.some(({ id }) => id === 'nginx');
    return {
      severity: someHeld ? 'warning' : 'info',
      confidence: 'likely',
      explanation: sentences(
        'The response head carries no X-Accel-Buffering: no.',
        someHeld
          ? 'Sending it may be enough to make the hop that holds let go.'
          : 'Nothing holds this stream now; the header keeps it so behind an nginx.',
        nginx
          ? 'An nginx stands before this address and removes the header: the origin may send it all the same.'
          : null,
      ),
      evidence: [textEvidence('X-Accel-Buffering', 'absent', 'no')],
      fixes: fixesFor([], 'missing-opt-out'),
    };
  },
});
