import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const tinyproxy: Driver = {
  name: 'Tinyproxy',
  install: 'apt-get install tinyproxy',
  extension: 'conf',
  listens: true,
  version: { command: ['tinyproxy', '-v'], pattern: /tinyproxy (\d[\d.]*\d)/ },
  frame: (text, { folder }) => `${text}\nLogLevel Error\nLogFile "${folder}/error.log"\n`,
  command: ({ file }) => ['tinyproxy', '-d', '-c', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, 'Timeout 600', 'Timeout 2'),
        measured: 0,
      },
      passthrough: {
        timeouts: {
          lower: (text) => replaceAll(text, 'Timeout 3600', 'Timeout 2'),
          // It closes the connection without a word.
          lateHead: 'unreachable',
        },
      },
    },
  ],
};
