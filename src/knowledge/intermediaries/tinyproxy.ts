import { type Intermediary, measuredAborts } from '../intermediary.ts';

export const tinyproxy: Intermediary = {
  id: 'tinyproxy',
  name: 'Tinyproxy',
  kind: 'proxy',
  explain:
    'A small forward and reverse proxy. It passes bytes on as they come; what ends a quiet stream is Timeout, 600 s by default.',
  tried: { version: '1.11.1', date: '2026-11-22' },
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /\(tinyproxy(?:\/([\d.]+))?\)/i, confidence: 'certain' },
    { field: 'server', matches: /^tinyproxy(?:\/([\d.]+))?/i, confidence: 'certain' },
  ],
  limits: [{ seconds: 600, kind: 'idle', setting: 'Timeout', source: 'https://tinyproxy.github.io/' }],
  passesAborts: measuredAborts({ 'test/accuracy/products/tinyproxy/reverse.conf': 'at once' }),
  measured: [
    { version: '1.11.1', setting: 'Timeout 600 (as packaged)', finding: 'cut-when-idle', curedBy: [] },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'tinyproxy.conf',
      change: 'Timeout 3600',
      config: 'configs/tinyproxy/passthrough.conf',
      proven: true,
      source: 'https://tinyproxy.github.io/',
    },
  ],
  ineffective: [],
  because: { 'cut-when-idle': 'Tinyproxy ends a connection that was silent for Timeout (600 s by default).' },
  sources: [
    'https://tinyproxy.github.io/',
    'https://github.com/tinyproxy/tinyproxy/blob/master/etc/tinyproxy.conf.in',
  ],
};
