import { blameSentence, fixesAt } from '../blame.ts';
import { limitSentence, limitsMet } from '../limits.ts';
import { msEvidence, sentences, showMs, textEvidence } from '../phrases.ts';
import { gatewayGaveUp, headWaitMs } from '../readings.ts';
import { defineRule } from '../rule.ts';

export const timedOutBeforeHead = defineRule({
  id: 'timed-out-before-head',
  title: 'A gateway gave up waiting for the response head',
  summary:
    'An intermediary waited for the server behind it, got no response head in its time, and answered with an error.',
  looksLike: 'Status 502, 504 or 524 after a wait, often 30, 60 or 100 seconds.',
  why: 'The backend sends its head only with the first event and that is late, a hop in between holds the whole answer, or the backend is overloaded.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
    'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
  ],
  needs: ['response'],
  evaluate(context) {
    const { hop, response, nearer } = context;
    if (!gatewayGaveUp(hop.observation)) return null;
    const waitMs = headWaitMs(hop.observation) ?? 0;
    const limits = limitsMet(hop, 'first-byte', waitMs);
    const nearerAnswered = nearer?.observation.response != null && nearer.observation.response.status < 300;
    const same = nearer !== null && gatewayGaveUp(nearer.observation);
    return {
      severity: same ? 'info' : 'error',
      confidence: nearerAnswered ? 'proven' : 'likely',
      explanation: sentences(
        `After ${showMs(waitMs)} a gateway answered ${`${response.status} ${response.reason}`.trim()} because no response head had come from behind it.`,
        nearerAnswered
          ? `"${nearer?.name}" did answer: a hop in between holds the answer or waits too briefly.`
          : null,
        same ? `"${nearer.name}" shows the same: look there first.` : null,
        limitSentence(limits),
        blameSentence(hop, 'timed-out-before-head'),
      ),
      evidence: [
        textEvidence('status', response.status, '200'),
        msEvidence('waited', waitMs),
        ...(nearerAnswered
          ? [msEvidence(`head at ${nearer.name} after`, headWaitMs(nearer.observation) ?? 0)]
          : []),
      ],
      fixes: same ? [] : fixesAt(context, 'timed-out-before-head'),
    };
  },
});
