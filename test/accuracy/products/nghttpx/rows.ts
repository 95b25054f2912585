import { alone, type Row } from '../../row.ts';

const product = { id: 'nghttpx', beside: 'certain', alone: 'certain' } as const;

export const rows: readonly Row[] = [
  { id: 'nghttpx/default', hops: alone('nghttpx', 'configs/nghttpx/buffering.conf'), product, expect: {} },
  {
    id: 'nghttpx/passthrough',
    hops: alone('nghttpx', 'configs/nghttpx/passthrough.conf'),
    product,
    expect: {},
  },
];
