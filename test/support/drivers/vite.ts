import { fromNpm, HOLDS_THE_HEAD } from '../node-proxies.ts';
import type { Driver } from './driver.ts';

export const vite: Driver = {
  name: 'Vite',
  ...fromNpm('vite'),
  listens: true,
  command: ({ file }) => [
    process.execPath,
    'node_modules/vite/bin/vite.js',
    'preview',
    '--config',
    file,
    '--outDir',
    '.',
  ],
  pairs: [
    {
      name: '',
      buffering: HOLDS_THE_HEAD,
      passthrough: {},
    },
  ],
};
