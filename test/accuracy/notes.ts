/** Signs by which a product shows although nothing names it: sign, product, the row that proves it. */
export const SIGNATURES: string[][] = [
  ['blocks of 4096 bytes, the first one shorter by the head', 'nginx', '`unnamed/nginx-blocks`'],
  ['the head waits for the first event, events then flow', 'nginx', '`unnamed/nginx-head`'],
  ['events, and the head, in ticks of 200 ms', 'HAProxy', '`unnamed/haproxy-beat`'],
  ['events in ticks of 200 ms, the head at once', 'Apache mod_ratelimit', '`unnamed/apache-beat`'],
  [
    '10 bytes of a gzip header, then silence',
    'Caddy, Varnish or a Node compressor',
    '`unnamed/caddy-bare-header`',
  ],
  ['an event stream with a Content-Length', 'lighttpd or Varnish', '`unnamed/lighttpd-length`'],
  ['blocks of 32768 bytes', 'Varnish or Caddy', '`unnamed/varnish-32k`'],
];

/** Where measuring disagrees with what is often written. */
export const NOTES: string[] = [
  'nginx with `proxy_cache`: that a cached stream is held to its end is not the work of the cache alone. It takes `sendfile` and `tcp_nopush`, which the packaged main file turns on; without these two lines small events passed while they were being stored.',
  'HAProxy `wait-for-body` with a minimum answers 504 to an answer that ends by closing as well, unless the answer is over before the timer.',
  'Through HAProxy without `option http-no-delay` an answer that ends by closing is not late: only chunked answers are.',
];
