import { fromNpm, HOLDS_THE_HEAD } from '../node-proxies.ts';
import type { Driver } from './driver.ts';

export const fastifyHttpProxy: Driver = {
  name: '@fastify/http-proxy',
  ...fromNpm('@fastify/http-proxy'),
  listens: true,
  command: ({ file }) => [process.execPath, file],
  pairs: [
    {
      name: '',
      buffering: HOLDS_THE_HEAD,
      passthrough: {},
    },
  ],
};
