import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const fastly: Intermediary = {
  id: 'fastly',
  name: 'Fastly',
  kind: 'service',
  explain:
    "VCL services collect the origin's answer unless Streaming Miss is on; Compute streams. One stream of the origin is shared by all readers of a cacheable address.",
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
      source:
        'https://www.fastly.com/documentation/reference/vcl/variables/backend-connection/bereq-first-byte-timeout/',
    },
    {
      seconds: 60,
      kind: 'idle',
      setting: 'between_bytes_timeout between its own servers',
      source:
        'https://www.fastly.com/documentation/reference/vcl/variables/backend-connection/bereq-between-bytes-timeout/',
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'custom VCL or a VCL snippet, vcl_fetch',
      change: 'sub vcl_fetch { set beresp.do_stream = true; }',
      source: 'https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/',
    },
    {
      for: ['served-from-cache'],
      section: 'custom VCL or a VCL snippet, vcl_recv',
      change: 'sub vcl_recv { if (req.http.Accept ~ "text/event-stream") { return(pass); } }',
      source: 'https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/',
    },
  ],
  ineffective: [],
  because: {
    'held-until-close': 'Fastly VCL services collect an answer unless beresp.do_stream is set.',
    'held-until-full': 'Fastly VCL services collect an answer unless beresp.do_stream is set.',
  },
  sources: ['https://www.fastly.com/documentation/guides/concepts/real-time-messaging/streaming-miss/'],
};
