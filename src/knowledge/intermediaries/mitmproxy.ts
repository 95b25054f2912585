import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const mitmproxy: Intermediary = {
  id: 'mitmproxy',
  name: 'mitmproxy',
  kind: 'security',
  tried: { version: '8.1.1', date: '2026-11-22' },
  explain:
    'Reads a whole answer before it passes it on, so that scripts can change it. An event stream comes only when a script sets flow.response.stream, or once stream_large_bodies bytes have come. A client that leaves is not passed on before that.',
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
  measured: [{ version: '8.1.1', setting: 'the default', finding: 'held-until-close', curedBy: [] }],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'an addon script, loaded with -s',
      change:
        'def responseheaders(flow):\n    if flow.response.headers.get("content-type", "").startswith("text/event-stream"):\n        flow.response.stream = True',
      config: 'configs/mitmproxy/passthrough.py',
      proven: true,
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
