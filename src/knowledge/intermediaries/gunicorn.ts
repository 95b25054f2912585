import type { Intermediary } from '../intermediary.ts';

export const gunicorn: Intermediary = {
  id: 'gunicorn',
  name: 'gunicorn',
  kind: 'application',
  explain:
    'A sync worker serves one stream and nothing else, and is ended after --timeout (30 s) because it does not report in meanwhile. Asynchronous workers have neither problem.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [{ field: 'server', matches: /^gunicorn(?:\/([\d.]+))?/i, confidence: 'certain' }],
  limits: [
    {
      seconds: 30,
      kind: 'total',
      setting: '--timeout of sync workers',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    },
  ],
  fixes: [
    {
      for: ['cut-by-age', 'cut-when-idle', 'slow-backend', 'truncated'],
      where: 'origin',
      section: 'the command that starts the server',
      change: 'gunicorn -k uvicorn_worker.UvicornWorker --timeout 0 MODULE   # or -k gevent for WSGI',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#worker-class',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age', 'cut-when-idle'],
      advice: '--keep-alive 3600',
      why: 'It is the time between two requests on one connection.',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#keepalive',
    },
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'A sync worker that is busy with a stream does not report in, whatever it writes.',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    },
  ],
  because: {
    'cut-by-age':
      'gunicorn ends a sync worker that is busy with one request for --timeout (30 s by default).',
  },
  sources: [
    'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    'https://docs.gunicorn.org/en/stable/deploy.html',
  ],
};
