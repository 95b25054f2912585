import { alone, everywhere, held, own, type Row } from '../../row.ts';

const product = { id: 'varnish', beside: 'certain', alone: 'certain' } as const;
const fix = 'set beresp.do_stream = true;';
const vcl = (name: string) => alone('varnish', own('varnish', `${name}.vcl`));

export const rows: readonly Row[] = [
  { id: 'varnish/default', hops: vcl('default'), product, expect: {} },
  {
    id: 'varnish/no-stream',
    minimal: 'the hop must change',
    hops: vcl('no-stream'),
    product,
    fix,
    expect: everywhere(held('until-close')),
  },
  {
    id: 'varnish/gzip',
    minimal: 'the hop must change',
    hops: vcl('gzip'),
    product,
    fix,
    expect: everywhere(held('until-close'), { large: held('until-full', { blockBytes: 32_768 }) }),
  },
  {
    id: 'varnish/gzip-text',
    minimal: 'content-type',
    hops: alone('varnish', 'configs/varnish/buffering.vcl'),
    product,
    fix,
    expect: everywhere(held('until-close'), { large: held('until-full', { blockBytes: 32_768 }) }),
  },
  { id: 'varnish/pass', hops: vcl('pass'), product, expect: {} },
  { id: 'varnish/pass-uncacheable', hops: vcl('pass-uncacheable'), product, expect: {} },
  {
    id: 'varnish/pipe',
    hops: vcl('pipe'),
    product: { id: 'varnish', beside: null, alone: null },
    expect: {},
  },
  {
    id: 'varnish/passthrough',
    hops: alone('varnish', 'configs/varnish/passthrough.vcl'),
    product,
    expect: {},
  },
];
