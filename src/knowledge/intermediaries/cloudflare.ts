import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const cloudflare: Intermediary = {
  id: 'cloudflare',
  name: 'Cloudflare',
  kind: 'service',
  explain:
    'Streams text/event-stream and does not compress it by default; token streams sent as text/plain, text/html or JSON are compressed and may be held. About 100 s without a response head end in status 524, quiet streams are dropped after about the same time. Quick tunnels are another matter: see cloudflare-tunnel. no-transform from the origin stops compression.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'cf-ray', confidence: 'certain' },
    { field: 'server', matches: /^cloudflare$/i, confidence: 'certain' },
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
      for: ['held-until-close', 'held-until-full', 'held-unknown'],
      section: 'zone settings (API)',
      change: 'PATCH /zones/ZONE/settings/response_buffering  {"value":"off"}   # Enterprise only',
      source: 'https://developers.cloudflare.com/api/resources/zones/subresources/settings/',
    },
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the response head',
      change: 'Cache-Control: no-cache, no-transform',
      source: 'https://developers.cloudflare.com/speed/optimization/content/compression/',
    },
    {
      for: ['served-from-cache'],
      section: 'Rules, Cache Rules',
      change: 'Cache Rule for the path of the stream: Bypass cache',
      source: 'https://developers.cloudflare.com/cache/how-to/cache-rules/',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-until-full', 'compressed-unflushed'],
      advice: 'Cache Level: Bypass, or Development Mode',
      why: 'Neither switches compression or response buffering off: what holds is not the cache.',
      source: 'https://developers.cloudflare.com/speed/optimization/content/compression/',
    },
    {
      for: ['timed-out-before-head'],
      advice: 'a heartbeat that starts with the first event',
      why: 'The timer runs until the response head comes: send the head and a comment before the work begins.',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
  ],
  because: {
    'timed-out-before-head': 'Cloudflare waits about 100 s for a response head.',
    'compressed-unflushed':
      'Cloudflare compresses text/plain, text/html and JSON answers; text/event-stream only when a rule says so.',
  },
  sources: [
    'https://developers.cloudflare.com/speed/optimization/content/compression/',
    'https://github.com/redwoodjs/sdk/issues/737',
    'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
  ],
};
