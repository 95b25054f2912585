import { fixesFor } from '../fixes.ts';
import { count, msEvidence, sentences, showMs, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

export const noEvents = defineRule({
  id: 'no-events',
  title: 'The stream opened, but no event came',
  summary:
    'The response head arrived and then nothing that is an event. A quiet stream and a held one look the same here.',
  looksLike: 'A response head, no event in the time; perhaps comments (heartbeats).',
  why: 'Nothing happened at the origin meanwhile, or events are held. Make one happen while measuring, or measure a nearer hop as well.',
  sources: ['https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes'],
  needs: ['response'],
  evaluate({ hop, nearer, options }) {
    if (hop.verdict !== 'no-events') return null;
    const { observation, timeline } = hop;
    const untilMs = observation.end?.atMs ?? observation.marks.startMs + observation.limits.waitFirstMs;
    const waitedMs = untilMs - (observation.marks.headMs ?? observation.marks.startMs);
    const ended = observation.end !== null && observation.end.reason !== 'stopped-by-probe';
    const comments = timeline.commentsAtMs.length;
    const limitMs = options.maxFirstEventMs;
    const tooLate = limitMs !== null && untilMs - observation.marks.startMs > limitMs;
    return {
      // Only a limit that the user set makes silence an error; by itself it is exit code 3, not 1.
      severity: tooLate ? 'error' : 'warning',
      confidence: 'likely',
      explanation: sentences(
        ended
          ? 'The answer ended without a single event.'
          : `No event came in the ${showMs(waitedMs)} after the response head.`,
        comments > 0
          ? `${count(comments, 'comment')} came, so bytes do flow: the stream is open and quiet.`
          : null,
        tooLate ? `The limit for the first event (--max-first-event) is ${showMs(limitMs)}.` : null,
        ended
          ? null
          : 'If nothing happened meanwhile, this says nothing: watch for at least three times the longest usual pause (--wait-first 5m), or make an event happen while watching (--trigger).',
        nearer === null && comments === 0 && !ended
          ? 'If events were sent meanwhile, something holds them: measure nearer to the origin.'
          : null,
      ),
      evidence: [msEvidence('waited after the head', waitedMs), textEvidence('comments', comments)],
      fixes: ended ? [] : fixesFor([], 'no-events'),
    };
  },
});
