import { fixesFor } from '../fixes.ts';
import { msEvidence, sentences, showMs } from '../phrases.ts';
import { firstEventMs, headWaitMs } from '../readings.ts';
import { defineRule } from '../rule.ts';

/** A first event later than this is worth a line even when nobody asked. */
const WORTH_A_LINE_MS = 2_000;

export const slowFirstEvent = defineRule({
  id: 'slow-first-event',
  title: 'The first event comes late',
  summary: 'The stream opens, but the first event takes its time. After it events come at a natural pace.',
  looksLike:
    'A long time between the response head and the first event, then one event after the other, no backlog.',
  why: 'Nothing has happened yet, a model thinks before its first token, a backend is starting. A hop that holds would have let a backlog go.',
  sources: ['https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes'],
  needs: ['response'],
  evaluate({ hop, options }) {
    const firstMs = firstEventMs(hop);
    if (firstMs === null) return null;
    const limitMs = options.maxFirstEventMs;
    const tooLate = limitMs !== null && firstMs > limitMs;
    const natural = hop.verdict === 'streaming' && hop.index === 0 && firstMs > WORTH_A_LINE_MS;
    if (!tooLate && !natural) return null;
    const headMs = headWaitMs(hop.observation);
    return {
      severity: tooLate ? 'error' : 'info',
      confidence: 'likely',
      explanation: sentences(
        `The first event came ${showMs(firstMs)} after the request was begun.`,
        tooLate ? `The limit (--max-first-event) is ${showMs(limitMs)}.` : null,
        hop.verdict === 'streaming'
          ? 'Events then came at their own pace, without a backlog: the sender was late, nothing was held.'
          : null,
      ),
      evidence: [
        msEvidence('first event after', firstMs, ...(limitMs === null ? [] : [`at most ${showMs(limitMs)}`])),
        ...(headMs === null ? [] : [msEvidence('response head after', headMs)]),
      ],
      fixes: fixesFor([], 'slow-first-event'),
    };
  },
});
