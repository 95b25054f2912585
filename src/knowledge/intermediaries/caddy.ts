import { BUFFER_HOLDS, COMPRESSION, type Intermediary, measuredAborts } from '../intermediary.ts';
import { sortedHere } from '../wire-style.ts';

export const caddy: Intermediary = {
  id: 'caddy',
  name: 'Caddy',
  kind: 'proxy',
  tried: { version: '2.6.2', date: '2026-11-22' },
  explain:
    'Sends event streams and answers of unknown length on at once, whatever flush_interval says. Two things hold: "encode" (it compresses text/* above 512 bytes, in many versions without flushing each event, and before mid-2026 keeps the response head until the first byte), and "response_buffers". It ignores X-Accel-Buffering; since 2.6.3 it leaves Cache-Control: no-transform uncompressed. flush_interval -1 is not needed for event streams and keeps a leaving client from being noticed.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'server', matches: /^Caddy\b/i, confidence: 'certain' },
    { field: 'via', matches: /\bcaddy\b/i, confidence: 'certain' },
    {
      what: 'field names sorted, as programs in Go write them',
      confidence: 'possible',
      seen: (observation, nearer) => (sortedHere(observation, nearer) ? 'field names sorted' : null),
    },
  ],
  limits: [],
  measured: [
    {
      version: '2.6.2',
      setting: '"encode gzip", events of 512 bytes and more',
      finding: 'compressed-unflushed',
      curedBy: ['gateway-in-front'],
    },
    {
      version: '2.6.2',
      setting: 'buffer_responses (response_buffers since 2.6.3)',
      finding: 'held-until-close',
      config: 'configs/caddy/passthrough-buffers.Caddyfile',
      curedBy: [],
    },
  ],
  passesAborts: measuredAborts({
    'configs/caddy/passthrough.Caddyfile': 'at once',
    'configs/caddy/buffering.Caddyfile': 'at once',
    'configs/caddy/buffering-flush.Caddyfile': 'on write',
  }),
  fixes: [
    {
      for: ['held-until-close', 'held-until-full', 'held-initially', 'held-unknown', 'fixed-length'],
      section: 'the site block, above the reverse_proxy that has response_buffers',
      change:
        '@streams path /stream /stream/* /.well-known/unclog/*\nreverse_proxy @streams 127.0.0.1:8000  # without response_buffers (buffer_responses before 2.6.3)',
      config: 'configs/caddy/passthrough-buffers.Caddyfile',
      proven: true,
      source: 'https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming',
    },
    {
      for: [...COMPRESSION, 'head-held'],
      // The matcher frees EventSource of the held head too, the types free the clients that do not say what they want.
      section: 'the site block, in place of encode gzip',
      change:
        '@compressible not header Accept text/event-stream*\nencode @compressible {\n\tgzip\n\tmatch {\n\t\theader Content-Type text/html*\n\t\theader Content-Type text/css*\n\t\theader Content-Type application/javascript*\n\t\theader Content-Type application/json*\n\t}\n}',
      config: 'configs/caddy/passthrough.Caddyfile',
      proven: true,
      source: 'https://caddyserver.com/docs/caddyfile/directives/encode',
    },
    {
      for: ['abort-not-propagated'],
      section: 'the reverse_proxy block',
      change: '# remove from reverse_proxy: flush_interval -1',
      tested: true,
      source: 'https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS, ...COMPRESSION],
      advice: 'flush_interval -1 in reverse_proxy',
      why: 'Event streams and answers of unknown length are flushed at once without it; it does not reach encode, and in 2.6 it keeps the application from learning that a client left.',
      tested: true,
      source: 'https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming',
    },
  ],
  because: {
    'compressed-unflushed':
      'Caddy encode compresses text/*, event streams included, and many versions do not flush it for each event.',
    'head-held': 'Caddy encode keeps the response head until the first byte of the body before mid-2026.',
    'abort-not-propagated':
      'Caddy 2.6 with flush_interval -1 keeps the request to the application open when the client has left.',
    'held-until-close':
      'Caddy holds an uncompressed stream only with response_buffers (buffer_responses in old versions).',
  },
  sources: [
    'https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming',
    'https://caddyserver.com/docs/caddyfile/directives/encode',
    'https://github.com/caddyserver/caddy/pull/7905',
    'https://github.com/caddyserver/caddy/pull/5257',
    'https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/reverseproxy/streaming.go',
  ],
};
