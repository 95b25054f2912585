import type { HopFacts } from '../../types.ts';
import { fixesFor } from '../fixes.ts';
import { INTERMEDIARY_BY_ID } from '../intermediaries/index.ts';
import { sentences, textEvidence } from '../phrases.ts';
import { hasAccelOptOut, hasIncremental, headersOf, isStreamAnswer, showsFields } from '../readings.ts';
import { defineRule } from '../rule.ts';

/** False where everything that was recognised at the hop is known to ignore the headers. */
function mayObey(hop: HopFacts): boolean {
  const known = hop.intermediaries
    .filter(({ confidence }) => confidence !== 'possible')
    .flatMap(({ id }) => INTERMEDIARY_BY_ID.get(id) ?? []);
  return known.length === 0 || known.some(({ honours }) => honours.xAccelBuffering || honours.incremental);
}

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
    if (hop.index !== 0 || !isStreamAnswer(hop) || !showsFields(hop)) return null;
    const headers = headersOf(hop);
    const mayHelp = hops.some((one) => one.verdict === 'held' && mayObey(one));
    if (hasAccelOptOut(headers) || (hasIncremental(headers) && !mayHelp)) return null;
    const nginx = hop.intermediaries.some(({ id }) => id === 'nginx');
    return {
      severity: mayHelp ? 'warning' : 'info',
      confidence: 'likely',
      explanation: sentences(
        'The response head carries no X-Accel-Buffering: no.',
        mayHelp
          ? 'Sending it may be enough to make the hop that holds let go.'
          : 'It would change nothing that was seen here; it keeps the stream flowing behind an nginx.',
        nginx
          ? 'An nginx stands before this address and removes the header: the origin may send it all the same.'
          : null,
      ),
      evidence: [textEvidence('X-Accel-Buffering', 'absent', 'no')],
      fixes: fixesFor([], 'missing-opt-out'),
    };
  },
});
