import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

/** A configuration is a script that sets its options. */
export const mitmproxy: Driver = {
  name: 'mitmproxy',
  install: 'apt-get install mitmproxy',
  extension: 'py',
  listens: true,
  version: { command: ['mitmdump', '--version'], pattern: /Mitmproxy: (\d[\d.]*\d)/ },
  command: ({ file, folder }) => [...MITMDUMP, `confdir=${folder}`, '--scripts', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        // In clear text nothing tells who it is; over TLS its certificate does.
        product: null,
        measured: 0,
      },
      passthrough: {},
    },
  ],
};

const MITMDUMP = ['mitmdump', '--quiet', '--set'] as const;
