import { headerValue } from '../../http/header-list.ts';
import type { Intermediary } from '../intermediary.ts';

export const django: Intermediary = {
  id: 'django',
  name: 'Django',
  explain:
    'GZipMiddleware compresses streaming responses without flushing each piece. Behind WSGI servers with sync workers each stream also takes a worker, and gunicorn ends silent workers after 30 s.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^WSGIServer/i, confidence: 'likely' },
    {
      what: 'the response headers of its SecurityMiddleware',
      confidence: 'likely',
      seen: ({ response }) =>
        response !== null &&
        headerValue(response.headers, 'cross-origin-opener-policy') === 'same-origin' &&
        headerValue(response.headers, 'referrer-policy') === 'same-origin' &&
        headerValue(response.headers, 'x-frame-options') === 'DENY'
          ? 'the headers that its SecurityMiddleware sets'
          : null,
    },
    { field: 'server', matches: /^gunicorn(?:\/([\d.]+))?/i, confidence: 'possible' },
  ],
  limits: [
    {
      seconds: 30,
      kind: 'idle',
      setting: 'gunicorn --timeout (sync workers)',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    },
  ],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed'],
      where: 'origin',
      change: 'response["Content-Encoding"] = "identity"',
      source:
        'https://docs.djangoproject.com/en/stable/ref/middleware/#django.middleware.gzip.GZipMiddleware',
    },
    {
      for: ['cut-when-idle'],
      where: 'origin',
      change: 'gunicorn -k uvicorn.workers.UvicornWorker --timeout 0 MODULE',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    },
  ],
  because: {
    'compressed-unflushed':
      'GZipMiddleware of Django compresses streaming responses and does not flush each piece.',
  },
  sources: [
    'https://docs.djangoproject.com/en/stable/ref/middleware/#django.middleware.gzip.GZipMiddleware',
    'https://github.com/django/django/pull/19336',
    'https://docs.gunicorn.org/en/stable/settings.html#timeout',
  ],
};
