import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const render: Intermediary = {
  id: 'render',
  name: 'Render',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams',
  explain:
    'Its edge stands behind Cloudflare. One operator saw quiet streams without a first byte time out after about 30 s until the origin sent X-Accel-Buffering: no.',
  holdsByDefault: false,
  honours: { xAccelBuffering: true, incremental: false, noTransform: false },
  marks: [
    { field: 'x-render-origin-server', confidence: 'certain' },
    { field: 'rndr-id', confidence: 'certain' },
  ],
  limits: [],
  simulated: [{ behaviour: 'holds the head', finding: 'head-held' }],
  notFound: [
    'any limit of its edge in its own documentation',
    'whether a leaving client is reported to the service',
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'timed-out-before-head'],
      where: 'origin',
      section: 'the response head',
      change: 'X-Accel-Buffering: no',
      source: 'https://github.com/sseshachala/conductai/pull/1744',
    },
  ],
  ineffective: [
    {
      for: ['timed-out-before-head'],
      advice: 'a heartbeat that starts with the first event',
      why: 'What was seen is a first byte that is late: a comment before the work begins is what counts.',
      source: 'https://github.com/sseshachala/conductai/pull/1744',
    },
  ],
  because: {
    'head-held':
      'The edge of Render was seen to keep the first bytes of an answer without X-Accel-Buffering: no.',
  },
  sources: ['https://github.com/sseshachala/conductai/pull/1744'],
};
