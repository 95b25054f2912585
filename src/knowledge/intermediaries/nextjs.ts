import type { Intermediary } from '../intermediary.ts';

export const nextjs: Intermediary = {
  id: 'nextjs',
  name: 'Next.js',
  kind: 'application',
  tried: { version: '16.4.5', date: '2026-11-22' },
  explain:
    'Compresses answers itself, also those that rewrites bring from another server: a stream is held to its end for clients that accept gzip. Without compression the response head still waits for the first event.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'x-powered-by', matches: /^Next\.js/i, confidence: 'certain' },
    { field: 'x-nextjs-cache', confidence: 'certain' },
    { field: 'x-nextjs-prerender', confidence: 'certain' },
  ],
  limits: [],
  passesAborts: [
    {
      passes: 'at once',
      setting: 'configs/nextjs/passthrough.mjs',
      how: 'measured',
      test: 'test/e2e/intermediaries-passthrough.test.ts',
    },
  ],
  measured: [
    {
      version: '16.4.5',
      setting: 'compress: true (the default), rewrites',
      finding: 'compressed-unflushed',
      curedBy: ['no-transform', 'gateway-behind', 'gateway-in-front'],
    },
  ],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed', 'held-until-close'],
      where: 'next.config.js',
      section: 'next.config.js',
      change: 'compress: false,',
      config: 'configs/nextjs/passthrough.mjs',
      proven: true,
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
