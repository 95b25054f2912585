import { defineAlteredRule } from '../altered.ts';

export const eventsDuplicated = defineAlteredRule({
  id: 'events-duplicated',
  title: 'Events arrive twice',
  summary: 'The same event arrives more than once on one connection.',
  looksLike: 'Numbers that repeat within one answer.',
  why: 'A hop that retries the request in the middle of a stream, or a replay that overlaps with live events.',
  sources: ['https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream'],
  read: 'duplicated',
  happened: 'arrived more than once',
  cause: 'A retry hidden in a hop, or a replay after Last-Event-ID that overlaps with the live events.',
});
