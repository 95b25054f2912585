import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const render: Intermediary = {
  id: 'render',
  name: 'Render',
  kind: 'service',
  explain:
    'Its edge stands behind Cloudflare. One operator saw quiet streams without a first byte time out after about 30 s until the origin sent X-Accel-Buffering: no.',
  holdsByDefault: false,
  honours: { xAccelBuffering: true, incremental: false, noTransform: false },
  marks: [
    { field: 'x-render-origin-server', confidence: 'certain' },
    { field: 'rndr-id', confidence: 'certain' },
  ],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'timed-out-before-head'],
      where: 'origin',
      section: 'the response head',
      change: 'X-Accel-Buffering: no',
      source: 'https://github.com/sseshachala/conductai/pull/1744',
    },
  ],
  ineffective: [],
  because: {
    'head-held':
      'The edge of Render was seen to keep the first bytes of an answer without X-Accel-Buffering: no.',
  },
  sources: ['https://github.com/sseshachala/conductai/pull/1744'],
};
