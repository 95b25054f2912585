import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const fastifyHttpProxy: Driver = {
  name: '@fastify/http-proxy',
  ...fromNpm('@fastify/http-proxy'),
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
