import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const teleport: Intermediary = {
  id: 'teleport',
  name: 'Teleport application access',
  kind: 'tunnel',
  explain:
    'In affected versions the application proxy collected most of a stream: hundreds of kilobytes over most of a minute.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the proxy service',
      change: '# upgrade to a version with the fix of this issue',
      source: 'https://github.com/gravitational/teleport/issues/69560',
    },
  ],
  ineffective: [],
  because: {
    'held-until-full': 'Teleport application access collected streams in some versions.',
    'held-unknown': 'Teleport application access collected streams in some versions.',
  },
  sources: ['https://github.com/gravitational/teleport/issues/69560'],
};
