import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const fly: Intermediary = {
  id: 'fly',
  name: 'fly.io proxy',
  kind: 'service',
  explain: 'Streams, but compresses answers that carry no Content-Encoding, which can hold small events.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'fly-request-id', confidence: 'certain' },
    { field: 'server', matches: /^Fly\//i, confidence: 'certain' },
    { field: 'via', matches: /\bfly\.io\b/i, confidence: 'certain' },
  ],
  limits: [],
  fixes: [
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the response head',
      change: 'Content-Encoding: identity',
      source: 'https://fly.io/docs/reference/content-encoding',
    },
  ],
  ineffective: [],
  because: {
    'compressed-unflushed':
      'The fly.io proxy compresses answers that carry no Content-Encoding of their own.',
  },
  sources: [
    'https://fly.io/docs/reference/content-encoding',
    'https://github.com/brendanlong/lion-reader/pull/691',
  ],
};
