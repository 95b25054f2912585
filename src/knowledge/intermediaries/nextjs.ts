import type { Intermediary } from '../intermediary.ts';

export const nextjs: Intermediary = {
  id: 'nextjs',
  name: 'Next.js',
  kind: 'application',
  explain:
    'Compresses answers itself, also those that rewrites bring from another server: a stream is held to its end for clients that accept gzip.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'x-powered-by', matches: /^Next\.js/i, confidence: 'certain' },
    { field: 'x-nextjs-cache', confidence: 'certain' },
    { field: 'x-nextjs-prerender', confidence: 'certain' },
  ],
  limits: [],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed', 'held-until-close'],
      where: 'next.config.js',
      section: 'next.config.js',
      change: 'compress: false,',
      source: 'https://nextjs.org/docs/app/api-reference/config/next-config-js/compress',
    },
  ],
  ineffective: [
    {
      for: ['compressed-unflushed', 'held-until-close'],
      advice: "export const dynamic = 'force-dynamic'",
      why: 'It keeps the route from being rendered ahead; compression stays.',
      source: 'https://nextjs.org/docs/app/api-reference/config/next-config-js/compress',
    },
  ],
  because: {
    'compressed-unflushed':
      'Next.js compresses answers, those of rewrites included, without flushing each event.',
  },
  sources: [
    'https://nextjs.org/docs/app/api-reference/config/next-config-js/compress',
    'https://github.com/vercel/next.js/issues/9965',
    'https://github.com/vercel/next.js/issues/66263',
  ],
};
