import type { Intermediary } from '../intermediary.ts';

export const uwsgi: Intermediary = {
  id: 'uwsgi',
  name: 'uWSGI',
  kind: 'application',
  tried: { version: '2.0.21', date: '2026-11-22' },
  explain:
    'Its HTTP router ends a quiet stream after http-timeout (60 s). Behind nginx with uwsgi_pass, uwsgi_buffering decides.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'http-timeout',
      source: 'https://uwsgi-docs.readthedocs.io/en/latest/Options.html#http-timeout',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      where: 'origin',
      section: 'uwsgi.ini',
      change: 'http-timeout = 3600',
      source: 'https://uwsgi-docs.readthedocs.io/en/latest/Options.html#http-timeout',
    },
    {
      for: ['held-until-close', 'held-until-full', 'head-held'],
      where: 'nginx',
      section: 'the location with uwsgi_pass in nginx',
      change: 'uwsgi_buffering off;',
      config: 'configs/nginx/passthrough-uwsgi.conf',
      proven: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html#uwsgi_buffering',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-until-full'],
      advice: 'proxy_buffering off; beside uwsgi_pass',
      why: 'uwsgi_pass has a directive of its own.',
      source: 'https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html#uwsgi_buffering',
    },
  ],
  because: {
    'cut-when-idle':
      'The HTTP router of uWSGI ends a stream that is quiet for http-timeout (60 s by default).',
  },
  sources: [
    'https://uwsgi-docs.readthedocs.io/en/latest/Options.html#http-timeout',
    'https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html#uwsgi_buffering',
  ],
};
