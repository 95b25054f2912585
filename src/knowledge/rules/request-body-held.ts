import type { ExperimentFacts } from '../../types.ts';
import { blameSentence, fixesAt } from '../blame.ts';
import { lookThereFirst, recognisedOnly, shownNearer } from '../experiment-context.ts';
import { bytesEvidence, msEvidence, sentences, showMs, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

/** A body that arrives in less than this share of the time it was sent over was collected on the way. */
const AT_ONCE_SHARE = 0.3;

type RequestBody = NonNullable<ExperimentFacts['requestBody']>;

function isCut({ arrivedBytes, sentBytes, status }: RequestBody): boolean {
  return arrivedBytes < sentBytes || status !== 200;
}

function isHeld(body: ExperimentFacts['requestBody']): boolean {
  if (body === null) return false;
  return isCut(body) || body.arrivedOverMs < body.sentOverMs * AT_ONCE_SHARE;
}

export const requestBodyHeld = defineRule({
  id: 'request-body-held',
  title: 'Request bodies wait until they are whole',
  summary:
    'The origin sees a request only after the client has sent all of it: uploads that are processed as they come, and streams in both directions, do not work through this hop.',
  looksLike:
    'Seen by experiments only: a body that is sent in pieces over a second arrives in one go, or does not arrive whole.',
  why: 'Reverse proxies collect request bodies to spare the server behind them slow clients: nginx with proxy_request_buffering on, the default, lighttpd, Varnish without pipe, API gateways.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_request_buffering',
    'https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_stream-request-bodyDetails',
  ],
  needs: [],
  evaluate(context) {
    const body = context.hop.experiments?.requestBody ?? null;
    if (body === null || !isHeld(body)) return null;
    const nearer = shownNearer(context, ({ requestBody }) => isHeld(requestBody));
    const cut = isCut(body);
    return {
      severity: nearer === null ? 'warning' : 'info',
      confidence: 'proven',
      explanation: sentences(
        cut
          ? `A POST of ${body.sentBytes} bytes, sent in pieces, did not arrive whole.`
          : `A POST was sent in pieces over ${showMs(body.sentOverMs)} and arrived at the origin in one go.`,
        'The stream that comes back is not delayed by this; a request that is itself a stream is.',
        lookThereFirst(nearer) ?? blameSentence(recognisedOnly(context).hop, 'request-body-held'),
      ),
      evidence: [
        msEvidence('sent over', body.sentOverMs),
        msEvidence('arrived over', body.arrivedOverMs, 'the same'),
        ...(cut
          ? [
              bytesEvidence('bytes that arrived', body.arrivedBytes, String(body.sentBytes)),
              textEvidence('status', body.status, '200'),
            ]
          : []),
      ],
      fixes: nearer === null ? fixesAt(recognisedOnly(context), 'request-body-held') : [],
    };
  },
});
