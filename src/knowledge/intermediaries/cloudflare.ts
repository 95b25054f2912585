import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const cloudflare: Intermediary = {
  id: 'cloudflare',
  name: 'Cloudflare',
  explain:
    'Streams text/event-stream and does not compress it by default; token streams sent as text/plain, text/html or JSON are compressed and may be held. About 100 s without a response head end in status 524, quiet streams are dropped after about the same time. Quick tunnels (trycloudflare.com) hold GET event streams to the end. no-transform from the origin stops compression.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'cf-ray', confidence: 'certain' },
    { field: 'server', matches: /^cloudflare$/i, confidence: 'certain' },
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
      kind: 'first-byte',
      setting: 'proxy read timeout (524)',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
    {
      seconds: 125,
      kind: 'first-byte',
      setting: 'proxy read timeout (524), newer value',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
    {
      seconds: 100,
      kind: 'idle',
      setting: 'proxy idle limit',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
  ],
  fixes: [
    {
      for: ['held-until-close'],
      change:
        'cloudflared tunnel create NAME   # a named tunnel on your own zone: quick tunnels do not support event streams',
      source: 'https://github.com/cloudflare/cloudflared/issues/1449',
    },
    {
      for: ['held-until-close', 'held-until-full', 'held-unknown'],
      change: 'PATCH /zones/ZONE/settings/response_buffering  {"value":"off"}   # Enterprise only',
      source: 'https://developers.cloudflare.com/api/resources/zones/subresources/settings/',
    },
    {
      for: [...COMPRESSION],
      where: 'origin',
      change: 'Cache-Control: no-cache, no-transform',
      source: 'https://developers.cloudflare.com/speed/optimization/content/compression/',
    },
    {
      for: ['served-from-cache'],
      change: 'Cache Rule for the path of the stream: Bypass cache',
      source: 'https://developers.cloudflare.com/cache/how-to/cache-rules/',
    },
  ],
  because: {
    'timed-out-before-head': 'Cloudflare waits about 100 s for a response head.',
    'compressed-unflushed':
      'Cloudflare compresses text/plain, text/html and JSON answers; text/event-stream only when a rule says so.',
  },
  sources: [
    'https://developers.cloudflare.com/speed/optimization/content/compression/',
    'https://github.com/cloudflare/cloudflared/issues/1449',
    'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
  ],
};
