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
      buffering: {
        path: STREAMS.slow,
        verdict: 'held',
        hold: { kind: 'one-behind' },
        findings: ['held-one-behind'],
        measured: 1,
      },
      passthrough: { keeps: ['compression'] },
    },
    {
      name: 'wait-for-body',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        measured: 2,
      },
      passthrough: {},
    },
    {
      name: 'idle',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, 'timeout server 30s', 'timeout server 2s'),
        // First comes the line for all streams and pages.
        fix: 'later',
        measured: 3,
      },
      passthrough: {
        timeouts: {
          lower: (text) => replaceAll(text, 'set-timeout server 1h', 'set-timeout server 2s'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
  ],
};
