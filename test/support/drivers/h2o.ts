import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const h2o: Driver = {
  name: 'h2o',
  install: 'apt-get install h2o',
  extension: 'conf',
  listens: true,
  version: { command: ['h2o', '--version'], pattern: /h2o version (\d[\d.]*\d)/ },
  // Started as root it works as `nobody`, who may write only into `cache`.
  frame: (text, { folder }) =>
    `${text}\npid-file: ${folder}/cache/h2o.pid\nerror-log: ${folder}/cache/error.log\nnum-threads: 1\n`,
  command: ({ file }) => ['h2o', '-m', 'worker', '-c', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, 'proxy.timeout.io: 30000', 'proxy.timeout.io: 2000'),
        measured: 0,
      },
      passthrough: {
        // It looks at the client only when it has something to write.
        leaving: 'with the next event',
        head: 'with the first byte',
        keeps: ['compression'],
        timeouts: {
          lower: (text) => replaceAll(text, 'proxy.timeout.io: 3600000', 'proxy.timeout.io: 2000'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
    {
      name: 'head',
      buffering: {
        file: 'passthrough.conf',
        path: STREAMS.lateFirst,
        verdict: 'held',
        hold: { kind: 'head-only' },
        findings: ['head-held'],
        // A setting does not exist: the sender has to begin with a comment.
        fix: 'unproven',
      },
      passthrough: null,
    },
  ],
};
