import { fromNpm, HOLDS_THE_HEAD } from '../node-proxies.ts';
import type { Driver } from './driver.ts';

export const httpProxy3: Driver = {
  name: 'http-proxy-3',
  ...fromNpm('http-proxy-3'),
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
