import { defineHeldRule } from '../held-rule.ts';
import { showBytes } from '../phrases.ts';

export const heldInitially = defineHeldRule({
  kind: 'initial',
  title: 'The first events are held, later ones flow',
  summary: 'Something waits for a first amount of data before it lets the stream go.',
  looksLike: 'A backlog of events in one release at the start, then each event in time.',
  why: 'A minimum size before compression or content sniffing decides (Traefik compress: 1024 bytes), a response buffer that is dropped once exceeded (Caddy response_buffers), a virus scanner that wants to see the beginning.',
  sources: [
    'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/compress/',
    'https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming',
  ],
  tell({ hop }) {
    const bytes = hop.hold?.blockBytes ?? hop.hold?.atLeastBytes ?? null;
    const first = bytes === null ? 'The first bytes' : `The first ${showBytes(bytes)}`;
    return `${first} of the stream were held and came in one go; the events after them flow.`;
  },
});
