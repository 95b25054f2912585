import { join } from 'node:path';
import type { Driver } from './driver.ts';

export const varnish: Driver = {
  extension: 'vcl',
  listens: false,
  version: { command: ['varnishd', '-V'], pattern: /varnish-(\d[\d.]*\d)/ },
  command: ({ file, folder, port }) => [
    ...(['varnishd', '-F', '-n', join(folder, 'work'), '-f', file] as const),
    ...['-a', `127.0.0.1:${port}`, '-s', 'malloc,16m', '-p', 'thread_pools=1', '-p', 'thread_pool_min=20'],
  ],
};
