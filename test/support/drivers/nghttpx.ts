import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const nghttpx: Driver = {
  name: 'nghttpx',
  install: 'apt-get install nghttp2-proxy',
  extension: 'conf',
  listens: true,
  version: { command: ['nghttpx', '--version'], pattern: /nghttp2\/(\d[\d.]*\d)/ },
  command: ({ file }) => ['nghttpx', `--conf=${file}`, '--workers=1'],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, 'backend-read-timeout=1m', 'backend-read-timeout=2s'),
        measured: 0,
      },
      passthrough: {
        timeouts: {
          lower: (text) => replaceAll(text, 'backend-read-timeout=1h', 'backend-read-timeout=2s'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
  ],
};
