import type { Fix, HopFacts } from '../../types.ts';
import { blameSentence, fixesAt } from '../blame.ts';
import { type KnownLimit, limitSentence, limitsMet } from '../limits.ts';
import { refusedAsMcp } from '../mcp.ts';
import { msEvidence, sentences, showMs, textEvidence } from '../phrases.ts';
import { gatewayGaveUp, headWaitMs } from '../readings.ts';
import { defineRule } from '../rule.ts';

const HTTP = 'https://www.rfc-editor.org/rfc/rfc9110.html#section-15';

const SENTENCES: Readonly<Record<number, string>> = {
  204: '204 tells EventSource to stop and never to reconnect.',
  401: 'The request needs credentials: give the header or cookie that the client sends.',
  403: 'The request is refused: credentials, an address filter, or a firewall rule.',
  404: 'Nothing is served under this path here: check the path, and whether the proxy rewrites it.',
  405: 'This path does not take this method: some streams are opened with POST (-X POST).',
  406: 'The server does not offer what the Accept header asks for.',
  407: 'A proxy in between asks for credentials.',
  413: 'The request is too large for an intermediary.',
  421: 'The host name and the certificate or connection do not belong together.',
  429: 'Too many requests: wait, then measure again.',
  500: 'The server failed while answering.',
  501: 'The server or an intermediary refuses this kind of answer. With "Proxy-Status: …; error=incremental_refused" it refuses to stream because its configuration says to buffer.',
  502: 'An intermediary could not talk to the server behind it: it is down, or it speaks another protocol.',
  503: 'The server, or the pool behind an intermediary, is not available.',
  504: 'An intermediary got no answer from the server behind it.',
};

export const httpStatus = defineRule({
  id: 'http-status',
  title: 'The answer is not a success',
  summary: 'The server or an intermediary answered with a status that no client reads a stream from.',
  looksLike: 'A status other than 2xx, or 204, in place of the stream.',
  why: 'A wrong path, missing credentials, a redirect to a sign-in page, a refused method, or a failing server.',
  sources: [HTTP, 'https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model'],
  needs: ['response'],
  evaluate(context) {
    const { hop, response, nearer } = context;
    const { status } = response;
    const fine = status >= 200 && status < 300 && status !== 204;
    if (fine || gatewayGaveUp(hop.observation)) return null;
    const mcp = refusedAsMcp(hop.observation);
    const nearerStatus = nearer?.observation.response?.status ?? null;
    const waited = waitedAsLongAs(hop);
    const differs = nearerStatus !== null && nearerStatus >= 200 && nearerStatus < 300;
    return {
      severity: 'error',
      confidence: differs ? 'proven' : 'likely',
      title: `The answer is HTTP ${status}, not a stream`,
      explanation: sentences(
        `The answer is ${`${status} ${response.reason}`.trim()}.`,
        status >= 300 && status < 400
          ? 'It points elsewhere: measure the address it names, or give the credentials that avoid a sign-in page.'
          : mcp
            ? 'This looks like an MCP endpoint, which wants a session first: measure it with --mcp.'
            : waited === null
              ? (SENTENCES[status] ?? null)
              : `It came after ${showMs(waited.ms)}: a product on this way gave up waiting for a response head.`,
        waited === null ? null : limitSentence(waited.limits),
        waited === null ? blameSentence(hop, 'http-status') : blameSentence(hop, 'timed-out-before-head'),
        differs
          ? `"${nearer?.name}" answers ${nearerStatus}, so the hop in between makes this answer.`
          : null,
      ),
      evidence: [
        textEvidence('status', status, '200'),
        ...(waited === null ? [] : [msEvidence('waited', waited.ms)]),
      ],
      fixes: incrementalRefused(response.headers)
        ? [LIGHTTPD_STREAM]
        : waited === null
          ? fixesAt(context, 'http-status')
          : fixesAt(context, 'timed-out-before-head'),
    };
  },
});

/** Heroku, Fastly and Varnish say 503 when a head does not come in time, as they do for a server that is down. */
function waitedAsLongAs(hop: HopFacts): { ms: number; limits: KnownLimit[] } | null {
  const ms = headWaitMs(hop.observation) ?? 0;
  if (hop.observation.response?.status !== 503) return null;
  const limits = limitsMet(hop, 'first-byte', ms).filter(({ detected }) => detected);
  return limits.length === 0 ? null : { ms, limits };
}

/** lighttpd since 1.4.83 answers 501 where the origin asks for Incremental and the configuration says to buffer. */
const LIGHTTPD_STREAM: Fix = {
  where: 'lighttpd',
  change: 'server.stream-response-body = 2',
  config: null,
  proven: false,
  source: 'https://www.rfc-editor.org/rfc/rfc10036.html',
};

function incrementalRefused(headers: [string, string][]): boolean {
  return headers.some(
    ([name, value]) => name.toLowerCase() === 'proxy-status' && value.includes('incremental_refused'),
  );
}
