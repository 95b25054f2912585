import { BUFFER_HOLDS, COMPRESSION, type Intermediary } from '../intermediary.ts';

export const phpFpm: Intermediary = {
  id: 'php-fpm',
  name: 'PHP (PHP-FPM, mod_php)',
  kind: 'application',
  explain:
    "Output passes through PHP's own buffers (output_buffering, 4096 bytes in many packages; zlib.output_compression), then through those of the server: FastCGI answers have their own directives in nginx and Apache. A session that is not closed keeps other requests of the same reader waiting.",
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [{ field: 'x-powered-by', matches: /^PHP\/([\d.]+)/i, confidence: 'certain' }],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS, ...COMPRESSION],
      where: 'origin',
      section: 'the script, before the first event',
      change:
        'session_write_close();\nini_set("zlib.output_compression", "0");\nwhile (ob_get_level() > 0) { ob_end_flush(); }\nob_implicit_flush(true);',
      source: 'https://www.php.net/manual/en/function.ob-implicit-flush.php',
    },
    {
      for: ['held-until-close', 'held-until-full', 'head-held'],
      where: 'nginx',
      section: 'the location with fastcgi_pass in nginx',
      change: 'fastcgi_buffering off;',
      config: 'configs/nginx/passthrough-fastcgi.conf',
      source: 'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_buffering',
    },
    {
      for: ['cut-by-age'],
      where: 'origin',
      section: 'the script, and request_terminate_timeout of the pool',
      change: 'set_time_limit(0);',
      source: 'https://www.php.net/manual/en/function.set-time-limit.php',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-until-full'],
      advice: 'flush() alone',
      why: 'It sends what the buffers of PHP let through: ob_flush() first, or no buffers at all.',
      source: 'https://www.php.net/manual/en/function.flush.php',
    },
    {
      for: ['held-until-close', 'held-until-full'],
      advice: 'proxy_buffering off; beside fastcgi_pass',
      why: 'fastcgi_pass has a directive of its own.',
      source: 'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_buffering',
    },
  ],
  because: {
    'held-until-full': 'PHP collects output in blocks of output_buffering bytes (4096 in many packages).',
    'held-until-close': 'PHP collects output while output buffers or zlib.output_compression are on.',
  },
  sources: [
    'https://www.php.net/manual/en/outcontrol.configuration.php',
    'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_buffering',
  ],
};
