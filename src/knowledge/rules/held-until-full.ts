import { defineHeldRule } from '../held-rule.ts';
import { count, showBytes } from '../phrases.ts';

export const heldUntilFull = defineHeldRule({
  kind: 'until-full',
  title: 'Events wait until a buffer is full',
  summary:
    'Something passes the stream on in blocks of a fixed size. Small or rare events wait until enough others have followed.',
  looksLike:
    'Bytes arrive in equal blocks (4096, 8192, 16384 or 32768 bytes) that cut events in the middle, with silence between them; the smaller the events, the longer the wait.',
  why: 'A buffer that is sent on only when it is full: proxy buffers of nginx (4096 bytes, the first one shorter by the response head), its SSL buffer (16 KiB over HTTPS to HTTP/1.1 clients), a gzip buffer, an output buffer of PHP or of a framework.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffers',
    'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_buffer_size',
    'https://github.com/dstackai/dstack/issues/4269',
  ],
  tell({ hop }) {
    const block = hop.hold?.blockBytes ?? null;
    const size = block === null ? 'of a fixed size' : `of ${showBytes(block)}`;
    const cut = hop.timeline.releases.filter((release) => release.cutsEvent).length;
    const middle =
      cut > 0
        ? ` ${count(cut, 'block')} ended in the middle of an event, so a size made the cut, not the sender.`
        : '';
    return `The stream arrives in blocks ${size}: an event waits until the events after it fill the block.${middle}`;
  },
});
