import { blameSentence, fixesAt } from '../blame.ts';
import { cutConfidence, cutEvidence, cutPlace, cutSeverity, readCut } from '../cut.ts';
import { limitSentence } from '../limits.ts';
import { sentences, showMs } from '../phrases.ts';
import { defineRule } from '../rule.ts';

export const cutByAge = defineRule({
  id: 'cut-by-age',
  title: 'The stream is cut at a certain age',
  summary: 'A limit for the whole request ended the stream although events were flowing.',
  looksLike:
    'The answer breaks off while events arrive at their usual pace, each time at the same age (15, 30, 300 or 600 seconds).',
  why: 'Limits meant for ordinary requests: Envoy and Istio routes 15 s, Google Cloud load balancers 30 s, AWS API Gateway 29 s, Cloud Run 300 s. A heartbeat does not help against them.',
  sources: [
    'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
  ],
  needs: ['response', 'end'],
  evaluate(context) {
    const cut = readCut(context);
    if (cut === null || cut.cause !== 'age') return null;
    return {
      severity: cutSeverity(cut),
      confidence: cutConfidence(cut),
      explanation: sentences(
        `The stream broke off ${showMs(cut.ageMs)} after the request, while it was not quiet.`,
        cutPlace(context, cut),
        limitSentence(cut.limits),
        cut.sameAs === null ? blameSentence(context.hop, 'cut-by-age') : null,
        cut.sameAs === null ? 'A heartbeat does not help against a limit of age.' : null,
        'Measure again with a longer --duration: the same age twice is a limit, different ages are something else.',
      ),
      evidence: cutEvidence(context, cut),
      fixes: cut.sameAs === null ? fixesAt(context, 'cut-by-age') : [],
    };
  },
});
