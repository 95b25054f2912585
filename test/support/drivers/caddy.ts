import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const caddy: Driver = {
  name: 'Caddy',
  install: 'apt-get install caddy',
  extension: 'Caddyfile',
  listens: true,
  version: { command: ['caddy', 'version'], pattern: /^v?(\d[\d.]*\d)/ },
  // The admin endpoint has a fixed port.
  frame: (text) => `{\n\tadmin off\n}\n${text}`,
  command: ({ file }) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.large,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed'],
        measured: 0,
      },
      passthrough: { keeps: ['compression'] },
    },
  ],
};
