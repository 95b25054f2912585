import { alone, everywhere, held, own, type Row } from '../../row.ts';

const product = { id: 'apache', beside: 'likely', alone: 'likely' } as const;
const conf = (name: string) => alone('apache', own('apache', `${name}.conf`));

export const rows: readonly Row[] = [
  { id: 'apache/default', hops: conf('default'), product, expect: {} },
  { id: 'apache/deflate', hops: conf('deflate'), product, expect: {} },
  { id: 'apache/buffer', hops: conf('buffer'), product, expect: {} },
  { id: 'apache/buffer-noflush', hops: conf('buffer-noflush'), product, expect: {} },
  { id: 'apache/substitute', hops: conf('substitute'), product, expect: {} },
  {
    id: 'apache/ratelimit',
    minimal: 'the hop must change',
    hops: alone('apache', 'configs/apache/buffering.conf'),
    product,
    fix: 'SetEnv rate-limit 0',
    // Events rarer than a tick are each late by a whole one.
    expect: everywhere(held('for-time', { periodMs: [190, 215] }), {
      'slow-gzip': held('constant', { periodMs: [190, 215] }),
    }),
  },
  { id: 'apache/cache', hops: conf('cache'), product, expect: {} },
  { id: 'apache/flushpackets', hops: conf('flushpackets'), product, expect: {} },
  { id: 'apache/passthrough', hops: alone('apache', 'configs/apache/passthrough.conf'), product, expect: {} },
];
