import { alone, everywhere, held, own, type Row, STREAMING } from '../../row.ts';

/** Its marks show only beside the origin's own head; by itself only its beat gives it away. */
const product = { id: 'haproxy', beside: 'likely', alone: null } as const;
const beating = { ...product, alone: 'possible' } as const;
const cfg = (name: string) => alone('haproxy', own('haproxy', `${name}.cfg`));

const TICKS = held('for-time', { periodMs: [190, 250], fix: 'option http-no-delay' });
const LATE = held('constant', { periodMs: [190, 250], fix: 'option http-no-delay' });
const ONE_BEHIND = held('one-behind', { fix: 'compression type' });
// An answer that ends by closing is not corked, so it does not beat.
const ticking = everywhere(TICKS, { 'slow-gzip': LATE, close: { ...STREAMING, product } });

export const rows: readonly Row[] = [
  {
    id: 'haproxy/default',
    minimal: 'framing',
    hops: alone('haproxy', 'configs/haproxy/buffering.cfg'),
    product: beating,
    expect: ticking,
  },
  {
    id: 'haproxy/compression',
    minimal: 'framing',
    hops: cfg('compression'),
    product: beating,
    expect: {
      ...ticking,
      // An event behind, and the kernel's timer on top: no beat of 200 ms any more.
      gzip: held('for-time', { product }),
      'large-gzip': held('for-time', { product }),
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
    minimal: 'framing + padding',
    hops: cfg('wait-for-body'),
    product,
    fix: 'wait-for-body',
    // Its buffer is full, or its time over, and then the kernel's timer sets the beat.
    expect: everywhere(held('until-close'), {
      large: held(['for-time', 'initial'], { fix: 'option http-no-delay' }),
      'large-gzip': held(['for-time', 'initial'], { fix: 'option http-no-delay' }),
    }),
  },
  {
    id: 'haproxy/wait-for-body-min',
    minimal: 'framing + padding',
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
