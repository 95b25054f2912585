import { type Driver, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const lighttpd: Driver = {
  name: 'lighttpd',
  install: 'apt-get install lighttpd',
  extension: 'conf',
  listens: true,
  version: { command: ['lighttpd', '-v'], pattern: /lighttpd\/(\d[\d.]*\d)/ },
  frame: (text, { folder }) => replaceAll(text, '"/var/www/html"', `"${folder}"`),
  command: ({ file }) => ['lighttpd', '-D', '-f', file],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close', 'fixed-length'],
        measured: 0,
      },
      passthrough: {
        // It looks at the client only when it has something to write.
        leaving: 'with the next event',
      },
    },
    {
      name: 'deflate',
      needs: ['lighttpdDeflate'],
      buffering: {
        path: STREAMS.large,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed', 'fixed-length'],
      },
      passthrough: { leaving: 'with the next event', keeps: ['compression'] },
    },
  ],
};
