import { join } from 'node:path';
import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const varnish: Driver = {
  name: 'Varnish',
  install: 'apt-get install varnish',
  extension: 'vcl',
  listens: false,
  version: { command: ['varnishd', '-V'], pattern: /varnish-(\d[\d.]*\d)/ },
  command: ({ file, folder, port }) => [
    ...(['varnishd', '-F', '-n', join(folder, 'work'), '-f', file] as const),
    ...['-a', `127.0.0.1:${port}`, '-s', 'malloc,16m', '-p', 'thread_pools=1', '-p', 'thread_pool_min=20'],
  ],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed'],
        measured: 0,
      },
      passthrough: {
        // It looks at the client only when it has something to write.
        leaving: 'with the next event',
        keeps: ['compression', 'cache'],
        timeouts: {
          lower: (text) => replaceAll(text, '_timeout = 1h;', '_timeout = 2s;'),
          // 503, as for a backend that is down: not told apart.
          lateHead: 'refused',
        },
      },
    },
  ],
};
