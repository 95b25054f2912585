import type { Driver } from './driver.ts';

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
  pairs: [],
};
