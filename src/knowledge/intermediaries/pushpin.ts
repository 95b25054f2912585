import { BUFFER_HOLDS, type Intermediary, measuredAborts } from '../intermediary.ts';

export const pushpin: Intermediary = {
  id: 'pushpin',
  name: 'Pushpin',
  kind: 'proxy',
  explain:
    'A publish and subscribe proxy: the backend answers once with Grip-Hold: stream, and Pushpin keeps the stream and sends what is published. A plain streamed backend answer passes through in time.',
  tried: { version: '1.36.0', date: '2026-11-22' },
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'connection', matches: /^transfer-encoding$/i, confidence: 'likely' },
    { field: 'via', matches: /\bpushpin\b/i, confidence: 'certain' },
    { field: 'grip-hold', confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 1800,
      kind: 'idle',
      setting: 'stream timeout of the connection manager',
      source: 'https://github.com/fastly/pushpin',
    },
  ],
  passesAborts: measuredAborts({ 'configs/pushpin/passthrough.routes': 'at once' }),
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'cut-when-idle'],
      where: 'origin',
      section: 'the response head of the backend',
      change: 'Grip-Hold: stream\nGrip-Channel: NAME\nGrip-Keep-Alive: :\\n\\n; format=cstring; timeout=15',
      source: 'https://pushpin.org/docs/usage/',
    },
  ],
  ineffective: [],
  sources: ['https://pushpin.org/docs/usage/', 'https://github.com/fastly/pushpin'],
};
