import { defineAlteredRule } from '../altered.ts';

export const eventsReordered = defineAlteredRule({
  id: 'events-reordered',
  title: 'Events arrive out of order',
  summary: 'Events arrive in another order than they were sent.',
  looksLike: 'Numbers that go backwards within one answer.',
  why: 'HTTP keeps the order of a body, so the sender mixes several sources, or a hop puts an answer together from several.',
  sources: ['https://www.rfc-editor.org/rfc/rfc9112.html#section-2.2'],
  read: 'reordered',
  happened: 'arrived in another order than they were sent',
  cause: 'One connection keeps its order, so several writers or several connections are mixed somewhere.',
});
