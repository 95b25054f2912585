import type { Kind } from '../../src/knowledge/intermediary.ts';

/** Heads of the lists of products, in their order. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  proxy: 'Proxies and servers',
  service: 'Services and delivery networks',
  gateway: 'API gateways',
  application: 'Inside or beside the application',
  tunnel: 'Tunnels',
  security: 'Firewalls, scanners and inspecting proxies',
};
