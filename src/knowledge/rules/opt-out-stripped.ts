import { fixesAt } from '../blame.ts';
import { sentences, textEvidence } from '../phrases.ts';
import { hasAccelOptOut, hasIncremental, headersOf, isStreamAnswer, showsFields } from '../readings.ts';
import { defineRule } from '../rule.ts';

export const optOutStripped = defineRule({
  id: 'opt-out-stripped',
  title: 'The request not to buffer is removed on the way',
  summary: 'A hop takes the opt-out header away, so intermediaries further out never see it.',
  looksLike: 'X-Accel-Buffering: no (or Incremental: ?1) at the nearer hop, and not at this one.',
  why: 'nginx obeys X-Accel-Buffering and removes it. With two nginx in a row the outer one buffers, and it looks as if the header did not work.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass_header',
    'https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_proxy_module.c',
    'https://www.rfc-editor.org/rfc/rfc10036.html',
  ],
  needs: ['response', 'nearer'],
  evaluate(context) {
    const { hop, nearer, hops } = context;
    if (!isStreamAnswer(hop) || !isStreamAnswer(nearer) || !showsFields(hop)) return null;
    const accel = hasAccelOptOut(headersOf(nearer)) && !hasAccelOptOut(headersOf(hop));
    const incremental = hasIncremental(headersOf(nearer)) && !hasIncremental(headersOf(hop));
    if (!accel && !incremental) return null;
    const heldAfter = hops.some((one) => one.index >= hop.index && one.verdict === 'held');
    const fields = [accel ? 'X-Accel-Buffering' : '', incremental ? 'Incremental' : ''].filter(
      (name) => name !== '',
    );
    return {
      severity: heldAfter ? 'warning' : 'info',
      confidence: 'proven',
      explanation: sentences(
        `"${nearer.name}" sends ${fields.join(' and ')}; "${hop.name}" does not.`,
        heldAfter
          ? 'What stands further out never sees the request and buffers.'
          : 'Nothing further out holds this stream now; another proxy in front would not see the request.',
      ),
      evidence: [
        ...(accel
          ? [textEvidence(`X-Accel-Buffering at ${hop.name}`, 'absent', `no (as at ${nearer.name})`)]
          : []),
        ...(incremental
          ? [textEvidence(`Incremental at ${hop.name}`, 'absent', `?1 (as at ${nearer.name})`)]
          : []),
      ],
      fixes: fixesAt(context, 'opt-out-stripped'),
    };
  },
});
