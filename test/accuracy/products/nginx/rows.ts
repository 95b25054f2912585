import { alone, everywhere, held, own, type Row, STREAMING } from '../../row.ts';

const product = { id: 'nginx', beside: 'certain', alone: 'certain' } as const;
const fix = 'proxy_buffering off;';
const conf = (name: string) => alone('nginx', own('nginx', `${name}.conf`));

const UNTIL_CLOSE = held('until-close');
const BLOCKS = held('until-full', { blockBytes: 4_096 });
const HEAD = held('head-only');
/** Where the first event comes late enough for its head to be missed. */
const HEADS = { late: HEAD, 'slow-gzip': HEAD };

export const rows: readonly Row[] = [
  {
    id: 'nginx/default',
    minimal: 'x-accel-buffering',
    hops: conf('default'),
    product,
    fix,
    expect: everywhere(UNTIL_CLOSE, {
      'opt-out': STREAMING,
      'late-opt-out': STREAMING,
      large: BLOCKS,
      'large-gzip': BLOCKS,
      'slow-gzip': BLOCKS,
    }),
  },
  {
    id: 'nginx/http11',
    minimal: 'x-accel-buffering',
    hops: conf('http11'),
    product,
    fix,
    expect: { ...HEADS, close: UNTIL_CLOSE },
  },
  {
    id: 'nginx/gzip',
    minimal: 'x-accel-buffering',
    hops: conf('gzip'),
    product,
    fix,
    expect: {
      gzip: UNTIL_CLOSE,
      'no-transform': UNTIL_CLOSE,
      'large-gzip': UNTIL_CLOSE,
      'slow-gzip': UNTIL_CLOSE,
      late: HEAD,
      close: UNTIL_CLOSE,
    },
  },
  { id: 'nginx/gzip-unbuffered', hops: conf('gzip-unbuffered'), product, expect: {} },
  {
    id: 'nginx/ignore-opt-out',
    minimal: 'padding',
    hops: conf('ignore-opt-out'),
    product,
    fix,
    expect: { ...HEADS, 'late-opt-out': HEAD, close: UNTIL_CLOSE },
  },
  {
    id: 'nginx/cache',
    minimal: 'x-accel-buffering',
    hops: conf('cache'),
    product,
    // With the packaged sendfile and tcp_nopush what is stored waits for more of it, and then for a full packet.
    expect: everywhere(held('until-close', { fix }), {
      'opt-out': STREAMING,
      'late-opt-out': STREAMING,
      large: held('for-time', { periodMs: [190, 310] }),
      'large-gzip': held('for-time', { periodMs: [190, 310] }),
      'slow-gzip': held(['until-full', 'for-time']),
    }),
  },
  { id: 'nginx/subfilter', hops: conf('subfilter'), product, expect: {} },
  {
    id: 'nginx/large-buffers',
    minimal: 'x-accel-buffering',
    hops: conf('large-buffers'),
    product,
    fix,
    expect: { ...HEADS, close: UNTIL_CLOSE },
  },
  { id: 'nginx/ignore-abort', hops: conf('ignore-abort'), product, expect: {} },
  { id: 'nginx/passthrough', hops: alone('nginx', 'nginx/passthrough.conf'), product, expect: {} },
];
