import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const cloudflare: Intermediary = {
  id: 'cloudflare',
  name: 'Cloudflare',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams event streams; compresses other types',
  explain:
    'Streams text/event-stream and does not compress it by default; token streams sent as text/plain, text/html or JSON are compressed and may be held. 120 s between two reads from the origin (100 s until 2025; Enterprise plans can change it) end a quiet stream, and in status 524 where no response head came. Quick tunnels are another matter: see cloudflare-tunnel. no-transform from the origin stops compression.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'cf-ray', confidence: 'certain' },
    { field: 'server', matches: /^cloudflare$/i, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 120,
      kind: 'first-byte',
      setting: 'Proxy Read Timeout (524)',
      mostSeconds: 6_000,
      source: 'https://developers.cloudflare.com/fundamentals/reference/connection-limits/',
    },
    {
      seconds: 100,
      kind: 'first-byte',
      setting: 'Proxy Read Timeout (524), the value until 2025',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
    {
      seconds: 120,
      kind: 'idle',
      setting: 'Proxy Read Timeout',
      mostSeconds: 6_000,
      source: 'https://developers.cloudflare.com/fundamentals/reference/connection-limits/',
    },
    {
      seconds: 100,
      kind: 'idle',
      setting: 'Proxy Read Timeout, the value until 2025',
      source:
        'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
    },
  ],
  simulated: [
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'compresses in blocks', finding: 'compressed-unflushed' },
  ],
  notFound: ['whether a leaving client is reported to the origin', 'a limit of age'],
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
      for: [...COMPRESSION],
      section: 'Rules, Compression Rules: no compression for the path of the stream; in Terraform',
      change:
        'action      = "compress_response"\naction_parameters = {\n  algorithms = [{\n    name = "none"\n  }]\n}',
      config: 'configs/cloudflare/passthrough.tf',
      source: 'https://developers.cloudflare.com/rules/compression-rules/',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'zone settings (API), Enterprise plans',
      change: 'PATCH /zones/ZONE/settings/proxy_read_timeout  {"value":"3600"}   # Enterprise only',
      source: 'https://developers.cloudflare.com/api/resources/zones/subresources/settings/',
    },
    {
      for: ['cut-when-idle'],
      where: 'origin',
      section: 'the stream',
      change: ': keep-alive, a comment line sent every 15 seconds',
      source: 'https://developers.cloudflare.com/fundamentals/reference/connection-limits/',
    },
    {
      for: ['served-from-cache'],
      section: 'Rules, Cache Rules: Bypass cache for the path of the stream; in Terraform',
      change: 'action      = "set_cache_settings"\naction_parameters = {\n  cache = false\n}',
      config: 'configs/cloudflare/passthrough.tf',
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
    'timed-out-before-head': 'Cloudflare waits 120 s (until 2025: 100 s) for a response head.',
    'cut-when-idle': 'Cloudflare ends an answer whose origin was silent for 120 s (until 2025: 100 s).',
    'compressed-unflushed':
      'Cloudflare compresses text/plain, text/html and JSON answers; text/event-stream only when a rule says so.',
  },
  sources: [
    'https://developers.cloudflare.com/speed/optimization/content/compression/',
    'https://developers.cloudflare.com/fundamentals/reference/connection-limits/',
    'https://github.com/redwoodjs/sdk/issues/737',
    'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/',
  ],
};
