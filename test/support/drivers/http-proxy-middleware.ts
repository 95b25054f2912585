import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const httpProxyMiddleware: Driver = {
  name: 'http-proxy-middleware',
  ...fromNpm('http-proxy-middleware'),
  listens: true,
  command: ({ file }) => [process.execPath, file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close', 'fixed-length'],
        product: null,
        measured: 0,
      },
      passthrough: {},
    },
  ],
};
