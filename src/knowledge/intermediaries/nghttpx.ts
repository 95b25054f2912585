import { type Intermediary, measuredAborts } from '../intermediary.ts';
import { upperCaseSizes } from '../wire-style.ts';

export const nghttpx: Intermediary = {
  id: 'nghttpx',
  name: 'nghttpx',
  kind: 'proxy',
  tried: { version: '1.52.0', date: '2026-11-22' },
  explain:
    'Streams. Quiet streams end after --backend-read-timeout (60 s). It ignores X-Accel-Buffering and passes it on.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /\bnghttpx\b/i, confidence: 'certain' },
    { field: 'server', matches: /^nghttpx(?:\s.*?nghttp2\/([\d.]+))?/i, confidence: 'certain' },
    {
      what: 'chunk sizes in upper-case hexadecimal (HAProxy and Squid write them too)',
      confidence: 'possible',
      seen: (observation, nearer) =>
        upperCaseSizes(observation, nearer) ? 'chunk sizes in upper case' : null,
    },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: '--backend-read-timeout',
      source: 'https://nghttp2.org/documentation/nghttpx.1.html',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: '--backend-read-timeout',
      source: 'https://nghttp2.org/documentation/nghttpx.1.html',
    },
  ],
  measured: [
    {
      version: '1.52.0',
      setting: 'backend-read-timeout=1m (the default)',
      finding: 'cut-when-idle',
      curedBy: [],
    },
  ],
  passesAborts: measuredAborts({
    'configs/nghttpx/passthrough.conf': 'at once',
    'configs/nghttpx/buffering.conf': 'at once',
  }),
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'nghttpx.conf, or --backend-read-timeout=1h',
      change: 'backend-read-timeout=1h',
      config: 'configs/nghttpx/passthrough.conf',
      proven: true,
      source: 'https://nghttp2.org/documentation/nghttpx.1.html',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'frontend-keep-alive-timeout=1h',
      why: 'It is the time between two requests of a client.',
      tested: true,
      source: 'https://nghttp2.org/documentation/nghttpx.1.html',
    },
  ],
  because: {
    'cut-when-idle':
      'nghttpx ends a backend connection that was silent for --backend-read-timeout (1 minute by default).',
  },
  sources: ['https://nghttp2.org/documentation/nghttpx.1.html'],
};
