import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

const CURL = 'https://curl.se/docs/manpage.html#--noproxy';

export const forwardProxy: Intermediary = {
  id: 'forward-proxy',
  name: 'A forward proxy that the client itself is told to use',
  kind: 'proxy',
  explain:
    'The way out of many offices and containers: -x, HTTP_PROXY or HTTPS_PROXY names it, and every request goes through it. Through CONNECT it passes bytes on and sees nothing; of plain HTTP it reads the answer and may hold, scan, cache or cut it. It is named because the prober was told of it, whether or not it leaves a mark; where it leaves one (Via), the product is named beside it.',
  tried: { version: 'Tinyproxy 1.11.1, Squid 5.7', date: '2026-11-22' },
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'held-for-time', 'held-constant', 'cut-when-idle', 'cut-by-age'],
      where: 'client',
      section: 'the environment of the client',
      change: 'NO_PROXY=the.host.of.the.stream',
      source: CURL,
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'headers from the origin (X-Accel-Buffering, Incremental, no-transform)',
      why: 'Proxies on the side of the client do not look at the first two; no-transform keeps those that compress from it.',
      source: 'https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6',
    },
  ],
  because: {
    'held-until-close': 'A proxy on the way out that scans may collect an answer before it passes it on.',
  },
  sources: [CURL, 'https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6'],
};
