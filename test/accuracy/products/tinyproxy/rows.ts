import { alone, own, type Row } from '../../row.ts';

const product = { id: 'tinyproxy', beside: 'certain', alone: 'certain' } as const;

export const rows: readonly Row[] = [
  {
    id: 'tinyproxy/reverse',
    hops: alone('tinyproxy', own('tinyproxy', 'reverse.conf')),
    product,
    expect: {},
  },
];
