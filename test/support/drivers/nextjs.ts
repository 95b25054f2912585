import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const nextjs: Driver = {
  name: 'Next.js',
  ...fromNpm('next', (text, { folder }) => {
    writeFileSync(join(folder, 'next.config.mjs'), text);
    mkdirSync(join(folder, 'pages'));
    writeFileSync(join(folder, 'pages/index.js'), 'export default () => null;\n');
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    return text;
  }),
  listens: false,
  command: ({ port }) =>
    [
      ...['env', 'NEXT_TELEMETRY_DISABLED=1', process.execPath, 'node_modules/next/dist/bin/next'],
      ...['dev', '--webpack', '--hostname', '127.0.0.1', '--port', String(port)],
    ] as const as never,
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quick,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed'],
        product: null,
        measured: 0,
      },
      passthrough: { head: 'with the first byte' },
    },
  ],
};
