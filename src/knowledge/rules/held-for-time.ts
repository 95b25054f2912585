import { defineHeldRule } from '../held-rule.ts';
import { showMs } from '../phrases.ts';

export const heldForTime = defineHeldRule({
  kind: 'for-time',
  title: 'Events are released by a timer',
  summary: 'Something collects events and passes them on in ticks. Each event is late by up to one tick.',
  looksLike:
    'Groups of events at a regular distance (HAProxy and Apache mod_ratelimit: about 200 ms; other proxies: their flush interval), whatever the size of the events.',
  why: 'HAProxy without "option http-no-delay" lets the kernel wait for full packets, about 200 ms; flush intervals of proxies that did not recognise the answer as a stream; rate limiting.',
  sources: [
    'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20http-no-delay',
    'https://doc.traefik.io/traefik/reference/routing-configuration/http/load-balancing/service/',
    'https://httpd.apache.org/docs/2.4/mod/mod_ratelimit.html',
  ],
  tell({ hop }) {
    const period = hop.hold?.periodMs ?? null;
    const every = period === null ? 'in ticks of a timer' : `about every ${showMs(period)}`;
    return `Events are released ${every}, all that came in between at once.`;
  },
});
