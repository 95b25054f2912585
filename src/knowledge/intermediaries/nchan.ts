import type { Intermediary } from '../intermediary.ts';
import { rawBodyStart } from '../readings.ts';

export const nchan: Intermediary = {
  id: 'nchan',
  name: 'nchan',
  kind: 'proxy',
  explain:
    'A publish and subscribe module for nginx: it makes the event stream itself, so nothing of nginx buffers it. Its EventSource answers begin with the comment ": hi". It sends no heartbeat unless told to, so a proxy in front may cut a quiet stream.',
  tried: { version: '1.3.6', date: '2026-11-22' },
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'an event stream that begins with ": hi"',
      confidence: 'likely',
      seen: (observation) =>
        /^: hi\n/.test(rawBodyStart(observation)) ? 'the stream begins with ": hi"' : null,
    },
  ],
  limits: [],
  fixes: [
    {
      for: ['cut-when-idle'],
      section: 'the location of the subscriber',
      change: 'nchan_eventsource_ping_interval 15;',
      config: 'configs/nchan/passthrough.conf',
      proven: true,
      source: 'https://nchan.io/#eventsource',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'nchan_subscriber_timeout 0;',
      why: 'It is 0 already: the cut comes from what stands in front.',
      source: 'https://nchan.io/#nchan_subscriber_timeout',
    },
  ],
  sources: ['https://nchan.io/', 'https://github.com/slact/nchan'],
};
