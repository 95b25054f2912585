import { BUFFER_HOLDS, COMPRESSION, type Intermediary } from '../intermediary.ts';

export const fastly: Intermediary = {
  id: 'fastly',
  name: 'Fastly',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'holds whole answers (VCL), streams (Compute)',
  explain:
    "VCL services collect the origin's answer unless Streaming Miss is on; Compute streams. One stream of the origin is shared by all readers of a cacheable address. Without a first byte in 15 s it answers with status 503 first byte timeout. A stored object may not be larger than 20 MB.",
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'x-served-by', matches: /^cache-/i, confidence: 'certain' },
    { field: 'x-fastly-request-id', confidence: 'certain' },
    { field: 'x-timer', matches: /^S\d+\.\d+,VS/i, confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 15,
      kind: 'first-byte',
      setting: 'first_byte_timeout',
      mostSeconds: 600,
      source:
        'https://www.fastly.com/documentation/reference/vcl/variables/backend-connection/bereq-first-byte-timeout/',
    },
    {
      seconds: 60,
      kind: 'idle',
      setting: 'between_bytes_timeout between its own servers',
      mostSeconds: 60,
      source:
        'https://www.fastly.com/documentation/reference/vcl/variables/backend-connection/bereq-between-bytes-timeout/',
    },
  ],
  sizes: [
    {
      bytes: 20_000_000,
      effect: 'the largest object of a service without Segmented Caching, unless the request passes',
      source: 'https://www.fastly.com/documentation/guides/full-site-delivery/performance/streaming-miss/',
    },
  ],
  simulated: [
    { behaviour: 'holds whole answers', finding: 'held-until-close' },
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'gives up waiting for the head', finding: 'http-status' },
  ],
  notFound: ['whether a leaving client is reported to the origin', 'the default of between_bytes_timeout'],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'custom VCL or a VCL snippet, vcl_fetch',
      change: 'set beresp.do_stream = true;',
      config: 'configs/fastly/passthrough.vcl',
      source: 'https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/',
    },
    {
      for: ['timed-out-before-head', 'cut-when-idle'],
      section: 'custom VCL or a VCL snippet, vcl_pass',
      change: 'set bereq.first_byte_timeout = 600s;\nset bereq.between_bytes_timeout = 600s;',
      config: 'configs/fastly/passthrough.vcl',
      source:
        'https://www.fastly.com/documentation/reference/vcl/variables/backend-connection/bereq-first-byte-timeout/',
    },
    {
      for: [...COMPRESSION],
      section: 'custom VCL or a VCL snippet, vcl_fetch',
      change: 'set beresp.gzip = false;',
      config: 'configs/fastly/passthrough.vcl',
      source: 'https://www.fastly.com/documentation/reference/vcl/variables/backend-response/beresp-gzip/',
    },
    {
      for: ['served-from-cache'],
      section: 'custom VCL or a VCL snippet, vcl_recv',
      change: 'return(pass);',
      config: 'configs/fastly/passthrough.vcl',
      source: 'https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/',
    },
  ],
  ineffective: [
    {
      for: ['timed-out-before-head', 'cut-when-idle'],
      advice: 'first_byte_timeout above 60 s for what can be stored',
      why: 'Between its own servers 60 s stay, whatever is set: only a request that passes goes to the origin directly.',
      source:
        'https://www.fastly.com/documentation/reference/vcl/variables/backend-connection/bereq-first-byte-timeout/',
    },
  ],
  because: {
    'timed-out-before-head': 'Fastly waits 15 s for the first byte of an origin by default.',
    'cut-when-idle':
      'Fastly ends an answer that is silent for 60 s between its own servers, or for between_bytes_timeout before.',
    'fixed-length': 'Fastly VCL services collect an answer unless beresp.do_stream is set.',
    'held-until-close': 'Fastly VCL services collect an answer unless beresp.do_stream is set.',
    'held-until-full': 'Fastly VCL services collect an answer unless beresp.do_stream is set.',
  },
  sources: ['https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/'],
};
