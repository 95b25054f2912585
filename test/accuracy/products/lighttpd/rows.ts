import { alone, everywhere, held, own, type Row } from '../../row.ts';

const product = { id: 'lighttpd', beside: 'certain', alone: 'certain' } as const;
const fix = 'server.stream-response-body = 2';
const conf = (name: string) => alone('lighttpd', own('lighttpd', `${name}.conf`));

const COLLECTED = held('until-close', { findings: ['fixed-length'] });

export const rows: readonly Row[] = [
  {
    id: 'lighttpd/default',
    minimal: 'the hop must change',
    hops: alone('lighttpd', 'configs/lighttpd/buffering.conf'),
    product,
    fix,
    expect: everywhere(COLLECTED),
  },
  { id: 'lighttpd/stream-1', hops: conf('stream-1'), product, expect: {} },
  { id: 'lighttpd/deflate', hops: conf('deflate'), product, expect: {} },
  { id: 'lighttpd/deflate-stream-1', hops: conf('deflate-stream-1'), product, expect: {} },
  {
    id: 'lighttpd/deflate-collect',
    minimal: 'the hop must change',
    hops: conf('deflate-collect'),
    product,
    fix,
    expect: everywhere(held('until-close')),
  },
  {
    id: 'lighttpd/passthrough',
    hops: alone('lighttpd', 'configs/lighttpd/passthrough.conf'),
    product,
    expect: {},
  },
];
