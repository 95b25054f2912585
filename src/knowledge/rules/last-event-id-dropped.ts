import { blameSentence, fixesAt } from '../blame.ts';
import { lookThereFirst, shownNearer } from '../experiment-context.ts';
import { sentences, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

export const lastEventIdDropped = defineRule({
  id: 'last-event-id-dropped',
  title: 'Last-Event-ID does not reach the origin',
  summary:
    'A client that reconnects says which event it saw last; a hop takes that away, so events are lost or repeated with every reconnection.',
  looksLike:
    'Seen by experiments only: a request with Last-Event-ID arrives at the origin without it, or with another value.',
  why: 'A hop that passes on only the request fields it was told of: CDNs with an allow-list for origin requests, API gateways, a cache that leaves the field out of what it asks.',
  sources: [
    'https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header',
    'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html',
  ],
  needs: [],
  evaluate(context) {
    const became = context.hop.experiments?.lastEventId ?? null;
    if (became === null || became === 'passed') return null;
    const nearer = shownNearer(
      context,
      ({ lastEventId }) => lastEventId === 'dropped' || lastEventId === 'changed',
    );
    return {
      severity: nearer === null ? 'warning' : 'info',
      confidence: 'proven',
      explanation: sentences(
        became === 'dropped'
          ? 'A request with Last-Event-ID arrived at the origin without it: the origin cannot continue where the client left off.'
          : 'A request with Last-Event-ID arrived at the origin with another value: the origin continues at the wrong place.',
        lookThereFirst(nearer) ?? blameSentence(context.hop, 'last-event-id-dropped'),
      ),
      evidence: [textEvidence('Last-Event-ID at the origin', became, 'as it was sent')],
      fixes: nearer === null ? fixesAt(context, 'last-event-id-dropped') : [],
    };
  },
});
