import { sentences, textEvidence } from '../phrases.ts';
import { isEventStreamType } from '../readings.ts';
import { defineRule } from '../rule.ts';

const MDN = 'https://developer.mozilla.org/en-US/docs/Web/API/EventSource';

export const http1ConnectionLimit = defineRule({
  id: 'http-1-connection-limit',
  title: 'Over HTTP/1.1 a browser opens six streams to a host',
  summary:
    'Browsers open at most six HTTP/1.1 connections to a host, over all tabs. Each EventSource keeps one: the seventh waits, and so does every other request to that host.',
  looksLike:
    'The farthest address, the one browsers use, streams over HTTP/1.1. In a browser: the seventh tab stays "pending", while curl is served.',
  why: "The limit is the browser's own and cannot be changed by a page. HTTP/2 carries about 100 streams over one connection; browsers speak it over TLS only.",
  sources: [MDN, 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes'],
  needs: ['response'],
  evaluate({ hop, hops, response }) {
    const readByBrowsers = hop === hops.at(-1) && hop.observation.request.method === 'GET';
    if (!readByBrowsers || hop.verdict !== 'streaming' || !isEventStreamType(hop)) return null;
    if (!response.httpVersion.startsWith('1')) return null;
    const secure = hop.observation.tls !== null;
    const tried = hop.observation.browser?.connections ?? null;
    if (tried !== null && tried.opened >= tried.asked) return null;
    return {
      severity: 'info',
      confidence: tried === null ? 'possible' : 'proven',
      explanation: sentences(
        tried === null
          ? null
          : `Of ${tried.asked} streams that the page asked for at once, this browser opened ${tried.opened}.`,
        `This stream was read over HTTP/${response.httpVersion}. A browser that reads it so opens six to this host, over all tabs together; the seventh waits without an error.`,
        secure
          ? 'Offer HTTP/2 in the TLS handshake (ALPN "h2"): browsers take it.'
          : 'Browsers speak HTTP/2 over TLS only: put a TLS edge with HTTP/2 in front.',
      ),
      evidence: [
        textEvidence('HTTP version', response.httpVersion, '2: about 100 streams over one connection'),
        ...(tried === null ? [] : [textEvidence('streams at once', tried.opened, String(tried.asked))]),
        ...(secure ? [textEvidence('ALPN', hop.observation.tls?.alpn ?? 'none', 'h2')] : []),
      ],
      fixes: [
        {
          where: 'nginx',
          change: 'http2 on;',
          section: 'the server block that listens with ssl',
          versions: 'before 1.25.1: listen 443 ssl http2;',
          standing: 'documented, not reproduced',
          config: null,
          proven: false,
          source: 'https://nginx.org/en/docs/http/ngx_http_v2_module.html',
        },
        {
          where: 'client',
          change: 'one EventSource in a SharedWorker, or in one tab with a BroadcastChannel to the others',
          standing: 'documented, not reproduced',
          config: null,
          proven: false,
          source: MDN,
        },
      ],
    };
  },
});
