import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const mitmproxy: Intermediary = {
  id: 'mitmproxy',
  name: 'mitmproxy',
  kind: 'security',
  explain:
    'Reads a whole answer before it passes it on, so that scripts can change it. An event stream comes only when a script sets flow.response.stream, or once stream_large_bodies bytes have come.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'its certificate authority',
      confidence: 'certain',
      seen: ({ tls }) => (/mitmproxy/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null),
    },
  ],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'an addon script, loaded with -s',
      change:
        'def responseheaders(flow):\n    if flow.response.headers.get("content-type", "").startswith("text/event-stream"):\n        flow.response.stream = True',
      source: 'https://docs.mitmproxy.org/stable/overview-features/#streaming',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: '--set stream_large_bodies=1m',
      why: 'Everything below that size is still collected, and events are small.',
      source: 'https://github.com/alibaba/OpenSandbox/pull/898',
    },
  ],
  because: {
    'held-until-close': 'mitmproxy collects an answer unless a script streams it.',
    'held-initially': 'mitmproxy collects an answer until stream_large_bodies bytes have come.',
  },
  sources: [
    'https://docs.mitmproxy.org/stable/overview-features/#streaming',
    'https://github.com/alibaba/OpenSandbox/pull/898',
  ],
};
