import { fromNpm, HOLDS_THE_HEAD } from '../node-proxies.ts';
import type { Driver } from './driver.ts';

export const httpProxy: Driver = {
  name: 'http-proxy',
  ...fromNpm('http-proxy'),
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
