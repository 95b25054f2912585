import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const expressCompression: Driver = {
  name: 'Express with compression',
  ...fromNpm('compression'),
  listens: true,
  command: ({ file }) => [process.execPath, file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quick,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed'],

        measured: 0,
      },
      passthrough: { keeps: ['compression'] },
    },
  ],
};
