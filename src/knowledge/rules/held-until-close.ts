import type { HopFacts, RuleContext } from '../../types.ts';
import { blameSentence, fixesAt, latenessEvidence, nearestDelivering } from '../blame.ts';
import { defineHeldRule } from '../held-rule.ts';
import { count, msEvidence, sentences, showMs } from '../phrases.ts';
import { gatewayGaveUp } from '../readings.ts';
import type { FindingDraft, Rule } from '../rule.ts';

const held = defineHeldRule({
  kind: 'until-close',
  title: 'Events wait until the answer ends',
  summary:
    'Something collects the whole answer and hands it over when the origin closes. A stream that never ends delivers nothing.',
  looksLike:
    'All events arrive at once, at the end; the response head often waits as well. On an endless stream: no head and no event here, while a nearer hop delivers.',
  why: 'A buffer larger than the stream: nginx with proxy_buffering on and an answer that is not chunked, lighttpd by default, Varnish without do_stream, API gateways that buffer integrations, a compressor that is not flushed, or an application that builds the whole body first.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    'https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_stream-response-bodyDetails',
    'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
  ],
  tell,
});

function tell(context: RuleContext): string {
  const { hop } = context;
  const nearer = nearestDelivering(context);
  const events = hop.timeline.events.length;
  if (events > 0) {
    return `${count(events, 'event')} arrived together when the answer ended instead of one by one as they were sent.`;
  }
  const atLeastMs = hop.hold?.atLeastMs ?? null;
  const long = atLeastMs === null ? '' : ` in ${showMs(atLeastMs)}`;
  const meanwhile =
    nearer === null
      ? ''
      : `, while "${nearer.name}" delivered ${count(nearer.timeline.events.length, 'event')}`;
  return `Not one event came${long}${meanwhile}. Everything is held back, probably until the answer ends; a buffer that is larger than what was sent so far cannot be excluded.`;
}

/** No head in the time, and nothing nearer that shows whether the origin sent one: one of two possible reasons. */
function undecided(context: RuleContext): FindingDraft | null {
  const { hop, nearer } = context;
  if (hop.verdict !== 'inconclusive' || hop.observation.response !== null || hop.hold !== null) return null;
  if (nearer !== null && nothingHeard(nearer)) return null;
  const waitedMs = hop.observation.limits.waitFirstMs;
  return {
    severity: 'warning',
    confidence: 'possible',
    explanation: sentences(
      `No response head came in ${showMs(waitedMs)}. Either an intermediary holds the answer back, head included, or the server behind it has not answered yet (slow-backend).`,
      'Measure a nearer hop together with this one to tell them apart.',
      blameSentence(hop, 'until-close'),
    ),
    evidence: [msEvidence('waited for a response head', waitedMs), ...latenessEvidence(hop, nearer)],
    fixes: fixesAt(context, 'until-close'),
  };
}

function nothingHeard(hop: HopFacts): boolean {
  return hop.observation.response === null || gatewayGaveUp(hop.observation);
}

export const heldUntilClose: Rule = {
  ...held,
  needs: [],
  judge: (context) => held.judge(context) ?? undecided(context),
};
