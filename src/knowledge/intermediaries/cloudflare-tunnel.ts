import type { Intermediary } from '../intermediary.ts';

export const cloudflareTunnel: Intermediary = {
  id: 'cloudflare-tunnel',
  name: 'Cloudflare Tunnel (cloudflared)',
  kind: 'tunnel',
  explain:
    'Quick tunnels (trycloudflare.com) hold GET event streams until the origin closes; POST streams flow. Named tunnels stream: cloudflared flushes every write of event streams and of answers without Content-Length, old versions of event streams only.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a host under trycloudflare.com',
      confidence: 'certain',
      seen: ({ url }) =>
        /^https?:\/\/[^/]+\.trycloudflare\.com(?:[:/]|$)/i.test(url)
          ? 'a quick tunnel (trycloudflare.com)'
          : null,
    },
  ],
  limits: [
    {
      seconds: 100,
      kind: 'idle',
      setting: 'idle limit of the Cloudflare edge',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
  ],
  fixes: [
    {
      for: ['held-until-close'],
      section: 'the machine that runs cloudflared',
      change:
        'cloudflared tunnel create NAME   # a named tunnel on your own zone: quick tunnels do not support event streams',
      source: 'https://github.com/cloudflare/cloudflared/issues/1449',
    },
    {
      for: ['held-until-full', 'held-for-time', 'held-unknown'],
      where: 'origin',
      section: 'the response head, beside a current cloudflared',
      change: 'Content-Type: text/event-stream',
      source: 'https://github.com/cloudflare/cloudflared/issues/1095',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close'],
      advice: 'X-Accel-Buffering: no, padding, disableChunkedEncoding',
      why: 'A quick tunnel holds GET event streams whatever they carry.',
      source: 'https://github.com/cloudflare/cloudflared/issues/1449',
    },
  ],
  because: { 'held-until-close': 'Quick tunnels hold GET event streams until the origin closes.' },
  sources: [
    'https://github.com/cloudflare/cloudflared/issues/1449',
    'https://github.com/cloudflare/cloudflare-docs/pull/22226',
    'https://github.com/cloudflare/cloudflared/issues/1095',
  ],
};
