import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

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
