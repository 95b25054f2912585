import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const httpProxy3: Driver = {
  name: 'http-proxy-3',
  ...fromNpm('http-proxy-3'),
  listens: true,
  command: ({ file }) => [process.execPath, file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.lateFirst,
        verdict: 'held',
        hold: { kind: 'head-only' },
        findings: ['head-held'],
        product: null,
        measured: 0,
      },
      passthrough: {},
    },
  ],
};
