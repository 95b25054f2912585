import type { Intermediary } from '../intermediary.ts';

export const bun: Intermediary = {
  id: 'bun',
  name: 'Bun.serve',
  kind: 'application',
  explain: 'Closes a connection that is quiet for 10 s by default.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [{ seconds: 10, kind: 'idle', setting: 'idleTimeout', source: 'https://bun.com/guides/http/sse' }],
  fixes: [
    {
      for: ['cut-when-idle'],
      where: 'origin',
      section: 'the handler of the stream',
      change: 'server.timeout(request, 0);',
      source: 'https://bun.com/guides/http/sse',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'Connection: keep-alive in the response head',
      why: 'It is the default of HTTP/1.1 and no timer.',
      source: 'https://bun.com/guides/http/sse',
    },
  ],
  because: {
    'cut-when-idle': 'Bun.serve closes a connection that is quiet for idleTimeout (10 s by default).',
  },
  sources: ['https://bun.com/guides/http/sse', 'https://github.com/doyled-it/wavecrest/releases/tag/v0.1.10'],
};
