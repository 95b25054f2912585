import { headerValue } from '../../http/header-list.ts';
import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const django: Intermediary = {
  id: 'django',
  name: 'Django',
  kind: 'application',
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
      section: 'the view that returns the stream',
      change: 'response["Content-Encoding"] = "identity"',
      source:
        'https://docs.djangoproject.com/en/stable/ref/middleware/#django.middleware.gzip.GZipMiddleware',
    },
    {
      for: ['cut-when-idle'],
      where: 'origin',
      section: 'the command that starts the server',
      change: 'gunicorn -k uvicorn.workers.UvicornWorker --timeout 0 MODULE',
      source: 'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    },
  ],
  ineffective: [
    {
      for: [...COMPRESSION],
      advice: "response['X-Accel-Buffering'] = 'no'",
      why: 'It is for a proxy in front; GZipMiddleware does not look at it.',
      source:
        'https://docs.djangoproject.com/en/stable/ref/middleware/#django.middleware.gzip.GZipMiddleware',
    },
    {
      for: [...COMPRESSION],
      advice: 'StreamingHttpResponse alone',
      why: 'GZipMiddleware wraps streaming responses too, in a compressor that is not flushed.',
      source: 'https://github.com/django/django/pull/19336',
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
