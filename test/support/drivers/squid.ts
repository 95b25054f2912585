import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const squid: Driver = {
  name: 'Squid',
  install: 'apt-get install squid',
  extension: 'conf',
  listens: true,
  version: { command: ['squid', '-v'], pattern: /Version (\d[\d.]*\d)/ },
  // Started as root it works as `proxy`, who may write only into `cache`.
  frame: (text, { folder }) =>
    [
      text,
      `pid_filename ${folder}/squid.pid`,
      `cache_log ${folder}/cache/cache.log`,
      'access_log none',
      'pinger_enable off',
      'shutdown_lifetime 0 seconds',
      'visible_hostname localhost',
      '',
    ].join('\n'),
  command: ({ file }) => ['squid', '-N', '-f', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, 'read_timeout 15 minutes', 'read_timeout 2 seconds'),
        measured: 0,
      },
      passthrough: {
        keeps: ['cache'],
        timeouts: {
          lower: (text) => replaceAll(text, 'read_timeout 1 hour', 'read_timeout 2 seconds'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
  ],
};
