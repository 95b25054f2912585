import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const fly: Intermediary = {
  id: 'fly',
  name: 'fly.io proxy',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; compresses what carries no coding',
  explain:
    'Streams, but collects and compresses answers that carry no Content-Encoding of their own, for clients that accept a coding: small events wait. Quiet streams are reported to end after 60 s.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'fly-request-id', confidence: 'certain' },
    { field: 'server', matches: /^Fly\//i, confidence: 'certain' },
    { field: 'via', matches: /\bfly\.io\b/i, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'http_options.idle_timeout (60 s are what users report)',
      source: 'https://github.com/zzstoatzz/plyr.fm/pull/308',
    },
  ],
  simulated: [
    { behaviour: 'compresses in blocks', finding: 'compressed-unflushed' },
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
  ],
  notFound: [
    'default and largest value of idle_timeout in its own documentation',
    'whether a leaving client is reported to the machine',
  ],
  fixes: [
    {
      for: ['cut-when-idle'],
      section: 'fly.toml, [http_service.http_options]',
      change: 'idle_timeout = 600',
      config: 'configs/fly/fly.toml',
      source: 'https://fly.io/docs/reference/configuration/',
    },
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the response head',
      change: 'Content-Encoding: none',
      source: 'https://fly.io/docs/reference/content-encoding',
    },
  ],
  ineffective: [
    {
      for: [...COMPRESSION],
      advice: 'Cache-Control: no-transform',
      why: 'Only a Content-Encoding of the origin, none included, is said to keep the proxy from compressing.',
      source: 'https://fly.io/docs/reference/content-encoding',
    },
  ],
  because: {
    'cut-when-idle': 'The fly.io proxy is reported to end a stream that is quiet for 60 s.',
    'compressed-unflushed':
      'The fly.io proxy compresses answers that carry no Content-Encoding of their own.',
  },
  sources: [
    'https://fly.io/docs/reference/content-encoding',
    'https://github.com/brendanlong/lion-reader/pull/691',
  ],
};
