import { readFileSync } from 'node:fs';
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
    ...parametersOf(readFileSync(file, 'utf8')),
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
    {
      name: 'stream',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close', 'fixed-length'],
        measured: 1,
      },
      passthrough: { leaving: 'with the next event', keeps: ['cache'] },
    },
    {
      name: 'cache',
      buffering: {
        path: STREAMS.small,
        verdict: 'streaming',
        hold: null,
        findings: [],
        experiments: ['served-from-cache'],
      },
      passthrough: { leaving: 'with the next event', keeps: ['cache'] },
    },
    {
      name: 'pipe',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, '8081 -f', '8081 -p pipe_timeout=2 -f'),
        // Nothing in the answer tells that there is a Varnish.
        product: null,
        fix: 'unproven',
      },
      passthrough: { keeps: ['cache'] },
    },
  ],
};

/** What a file says that it is to be started with: some of the settings of Varnish are in no VCL. */
function parametersOf(text: string): string[] {
  const command = /^#.* Start it with: varnishd (.*)/m.exec(text)?.[1] ?? '';
  return [...command.matchAll(/-p (\S+)/g)].flatMap(([, setting = '']) => ['-p', setting]);
}
