import { defineHeldRule } from '../held-rule.ts';

export const heldUnknown = defineHeldRule({
  kind: 'unknown',
  title: 'Events arrive late, in no pattern that is known',
  summary: 'Events come clearly later than they were sent, but neither a size nor a timer explains when.',
  looksLike: 'Late events without equal blocks, without a regular tick and without a common lateness.',
  why: 'Several buffers in a row, an overloaded intermediary, a mixture of sizes and timers, or too few events to tell.',
  sources: ['https://www.rfc-editor.org/rfc/rfc10036.html'],
  tell: () =>
    'Events arrive late, but no block size, tick or common delay explains when. Watching longer (--duration) or measuring more hops may show a pattern.',
});
