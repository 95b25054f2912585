import { alone, own, type Row } from '../../row.ts';

const product = { id: 'pushpin', beside: 'likely', alone: 'likely' } as const;

export const rows: readonly Row[] = [
  { id: 'pushpin/default', hops: alone('pushpin', own('pushpin', 'default.routes')), product, expect: {} },
  { id: 'pushpin/by-host', hops: alone('pushpin', own('pushpin', 'by-host.routes')), product, expect: {} },
];
