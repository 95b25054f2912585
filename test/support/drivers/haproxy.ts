import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const haproxy: Driver = {
  name: 'HAProxy',
  install: 'apt-get install haproxy',
  extension: 'cfg',
  listens: true,
  version: { command: ['haproxy', '-v'], pattern: /HAProxy version (\d[\d.]*\d)/ },
  command: ({ file }) => ['haproxy', '-db', '-q', '-f', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.long,
        verdict: 'held',
        hold: { kind: 'for-time', periodMs: [190, 230] },
        findings: ['held-for-time'],
        measured: 0,
      },
      passthrough: {
        keeps: ['compression'],
        timeouts: {
          lower: (text) => replaceAll(text, 'timeout server 1h', 'timeout server 2s'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
    {
      name: 'compression',
      // The passthrough file without the one line that keeps streams out of the compressor.
      buffering: {
        file: 'passthrough.cfg',
        edit: (text) => text.replace(/^ *compression type .*$/m, ''),
        path: STREAMS.slow,
        verdict: 'held',
        hold: { kind: 'one-behind' },
        findings: ['held-one-behind'],
        measured: 1,
      },
      passthrough: null,
    },
  ],
};
