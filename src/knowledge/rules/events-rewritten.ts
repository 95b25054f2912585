import { defineAlteredRule } from '../altered.ts';

export const eventsRewritten = defineAlteredRule({
  id: 'events-rewritten',
  title: 'A hop changes what the events say',
  summary: 'Events arrive with the ids they were sent with and with other data.',
  looksLike: 'The stamps of an unclog origin are whole on the nearer hop and missing or broken on this one.',
  why: 'A filter replaces words in bodies (nginx sub_filter, mod_substitute, a data-loss or personal-data filter), or a script re-encodes JSON.',
  sources: ['https://www.rfc-editor.org/rfc/rfc9110.html#section-7.7'],
  read: 'rewritten',
  happened: 'arrived with other data than the nearer hop delivered',
  cause: 'Something between the two transforms the body; Cache-Control: no-transform asks it not to.',
});
