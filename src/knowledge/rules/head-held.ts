import { defineHeldRule } from '../held-rule.ts';
import { showMs } from '../phrases.ts';

export const headHeld = defineHeldRule({
  kind: 'head-only',
  title: 'The response head waits for the first event',
  summary:
    'Events flow, but the client does not even learn that the stream is open before the first one comes. EventSource stays in CONNECTING and clients with a connect timeout give up.',
  looksLike: 'The origin sends its head at once; here it arrives together with the first event.',
  why: 'nginx with proxy_buffering on and HTTP/1.1 behind it (the default since 1.29.7), h2o, Caddy with encode before mid-2026: they send the head with the first byte of the body.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    'https://github.com/caddyserver/caddy/pull/7905',
  ],
  tell({ hop }) {
    const late = hop.headHoldMs;
    const by = late === null ? '' : ` It came ${showMs(late)} late.`;
    return `The response head is kept back until the first event; events flow after that.${by}`;
  },
});
