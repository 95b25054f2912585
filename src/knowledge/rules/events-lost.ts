import { defineAlteredRule } from '../altered.ts';

export const eventsLost = defineAlteredRule({
  id: 'events-lost',
  title: 'Events are missing',
  summary: 'Events that were sent did not arrive, although later ones did.',
  looksLike: 'Holes in the numbers of the events, or events of a nearer hop that never come here.',
  why: 'A hop that joins a running stream late, a queue that overflows and drops, a reconnect hidden in the middle, a filter that rewrites the body.',
  sources: ['https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header'],
  read: 'lost',
  happened: 'did not arrive, although later ones did',
  cause:
    'A queue that drops, a reconnect in the middle that does not continue after Last-Event-ID, or a filter that changes the body.',
});
