import { alone, everywhere, held, own, type Row, STREAMING } from '../../row.ts';

/** Its marks show only beside the origin's own head; by itself only its beat gives it away. */
const product = { id: 'haproxy', beside: 'likely', alone: null } as const;
const beating = { ...product, alone: 'possible' } as const;
const cfg = (name: string) => alone('haproxy', own('haproxy', `${name}.cfg`));

const TICKS = held('for-time', { periodMs: [190, 230], fix: 'option http-no-delay' });
const LATE = held('constant', { periodMs: [190, 230], fix: 'option http-no-delay' });
const ONE_BEHIND = held('one-behind', { fix: 'compression type' });
// An answer that ends by closing is not corked, so it does not beat.
const ticking = everywhere(TICKS, { 'slow-gzip': LATE, close: { ...STREAMING, product } });

export const rows: readonly Row[] = [
  {
    id: 'haproxy/default',
    minimal: 'the hop must change',
    hops: alone('haproxy', 'configs/haproxy/buffering.cfg'),
    product: beating,
    expect: ticking,
  },
  {
    id: 'haproxy/compression',
    minimal: 'the hop must change',
    hops: cfg('compression'),
    product: beating,
    expect: {
      ...ticking,
      gzip: held('for-time'),
      'large-gzip': held('for-time'),
      'slow-gzip': held('one-behind'),
    },
  },
  {
    id: 'haproxy/compression-nodelay',
    minimal: 'no-transform',
    hops: cfg('compression-nodelay'),
    product,
    expect: { 'slow-gzip': ONE_BEHIND },
  },
  {
    id: 'haproxy/wait-for-body',
    minimal: 'the hop must change',
    hops: cfg('wait-for-body'),
    product,
    fix: 'wait-for-body',
    // Its buffer is full, or its time over, and then the kernel's timer sets the beat.
    expect: everywhere(held('until-close'), {
      large: held(['initial', 'for-time']),
      'large-gzip': held(['initial', 'for-time']),
    }),
  },
  {
    id: 'haproxy/wait-for-body-min',
    minimal: 'the hop must change',
    hops: cfg('wait-for-body-min'),
    product: beating,
    expect: everywhere(
      // Its error page says who it is.
      {
        verdict: 'cut',
        kinds: null,
        findings: ['timed-out-before-head'],
        product: { id: 'haproxy', beside: 'certain', alone: 'certain' },
      },
      { large: TICKS, 'large-gzip': TICKS, 'slow-gzip': LATE },
    ),
  },
  {
    id: 'haproxy/passthrough',
    hops: alone('haproxy', 'configs/haproxy/passthrough.cfg'),
    product,
    expect: {},
  },
  { id: 'haproxy/nodelay', hops: cfg('nodelay'), product, expect: {} },
];
