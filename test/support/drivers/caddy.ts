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
    {
      name: 'buffers',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        measured: 1,
      },
      passthrough: {},
    },
    {
      name: 'flush',
      buffering: {
        path: STREAMS.small,
        verdict: 'streaming',
        hold: null,
        findings: [],
        experiments: ['abort-not-propagated'],
        // The change is to take a line out.
        fix: 'unproven',
      },
      passthrough: {},
    },
  ],
};
