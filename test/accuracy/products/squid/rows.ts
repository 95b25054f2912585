import { alone, own, type Row } from '../../row.ts';

const product = { id: 'squid', beside: 'certain', alone: 'certain' } as const;

export const rows: readonly Row[] = [
  { id: 'squid/reverse', hops: alone('squid', own('squid', 'reverse.conf')), product, expect: {} },
];
