import type { Intermediary } from '../intermediary.ts';

export const cloudflareTunnel: Intermediary = {
  id: 'cloudflare-tunnel',
  name: 'Cloudflare Tunnel (cloudflared)',
  kind: 'tunnel',
  cannotRun: 'a hosted service',
  byDefault: 'quick tunnels hold whole answers; named ones stream',
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
      seconds: 120,
      kind: 'idle',
      setting: 'Proxy Read Timeout of the Cloudflare edge',
      mostSeconds: 6_000,
      source: 'https://developers.cloudflare.com/fundamentals/reference/connection-limits/',
    },
  ],
  simulated: [{ behaviour: 'holds whole answers', finding: 'held-until-close' }],
  notFound: ['whether a leaving client is reported to the origin'],
  fixes: [
    {
      for: ['held-until-close'],
      section: 'config.yml of a named tunnel, run with cloudflared tunnel run NAME',
      change: 'tunnel: NAME',
      config: 'configs/cloudflare-tunnel/config.yml',
      source: 'https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/',
    },
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
    'https://github.com/cloudflare/cloudflared/issues/199',
    'https://github.com/cloudflare/cloudflare-docs/pull/22226',
    'https://github.com/cloudflare/cloudflared/issues/1095',
  ],
};
