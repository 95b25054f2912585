import { alone, everywhere, held, own, type Row } from '../../row.ts';

const product = { id: 'caddy', beside: 'certain', alone: 'certain' } as const;
const file = (name: string) => alone('caddy', own('caddy', `${name}.Caddyfile`));

const UNFLUSHED = held('until-close', { findings: ['compressed-unflushed'], fix: 'encode @compressible' });
const compressed = {
  gzip: UNFLUSHED,
  'no-transform': UNFLUSHED,
  'large-gzip': UNFLUSHED,
  'slow-gzip': UNFLUSHED,
};

export const rows: readonly Row[] = [
  { id: 'caddy/default', hops: file('default'), product, expect: {} },
  {
    id: 'caddy/encode',
    minimal: 'heartbeat',
    hops: alone('caddy', 'configs/caddy/buffering.Caddyfile'),
    product,
    expect: { 'large-gzip': UNFLUSHED, 'slow-gzip': UNFLUSHED },
  },
  {
    id: 'caddy/encode-min',
    minimal: 'content-type + padding',
    hops: file('encode-min'),
    product,
    expect: compressed,
  },
  {
    id: 'caddy/encode-flush',
    minimal: 'content-type + padding',
    hops: file('encode-flush'),
    product,
    expect: compressed,
  },
  {
    id: 'caddy/buffer-responses',
    minimal: 'the hop must change',
    hops: file('buffer-responses'),
    product,
    fix: 'response_buffers',
    expect: everywhere(held('until-close')),
  },
  { id: 'caddy/flush-5s', hops: file('flush-5s'), product, expect: {} },
  { id: 'caddy/flush', hops: file('flush'), product, expect: {} },
  {
    id: 'caddy/passthrough',
    hops: alone('caddy', 'configs/caddy/passthrough.Caddyfile'),
    product,
    expect: {},
  },
];
