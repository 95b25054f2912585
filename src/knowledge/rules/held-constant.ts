import { defineHeldRule } from '../held-rule.ts';
import { showMs } from '../phrases.ts';

export const heldConstant = defineHeldRule({
  kind: 'constant',
  title: 'Every event is late by the same time',
  summary:
    'The pace looks perfect, but each event arrives later than it was sent by more than the network needs.',
  looksLike:
    'Even gaps, one event per read, and a lateness that is the same for all and larger than the round trip of the same path explains.',
  why: 'A timer that starts with each event: HAProxy without "option http-no-delay" when events are rarer than 200 ms, a cork in the kernel, a scanner that looks at each piece. A distant origin alone is not this: the network is measured on the same path and taken out.',
  sources: [
    'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20http-no-delay',
    'https://man7.org/linux/man-pages/man7/tcp.7.html',
  ],
  tell({ hop, options }) {
    const late = hop.constantMs ?? hop.hold?.periodMs ?? hop.judgedHoldMs;
    const time = late === null ? 'the same time' : `about ${showMs(late)}`;
    const small =
      hop.verdict === 'streaming' ? ` That is under the limit of ${showMs(options.maxHoldMs)}.` : '';
    return `Every event arrives ${time} later than the path itself needs.${small}`;
  },
});
