import type { Fix } from '../../types.ts';
import { blameSentence, fixesAt } from '../blame.ts';
import { cutConfidence, cutEvidence, cutPlace, cutSeverity, readCut } from '../cut.ts';
import { limitSentence } from '../limits.ts';
import { sentences, showMs } from '../phrases.ts';
import { defineRule } from '../rule.ts';
import { uselessSentence } from '../useless.ts';

const USUAL = 'every 15 seconds';

/** A heartbeat that comes at least twice before the timer runs out. */
function heartbeat(quietMs: number): string {
  const ms = quietMs / 2;
  if (ms >= 15_000) return USUAL;
  return ms >= 2_000 ? `every ${Math.floor(ms / 1_000)} seconds` : `every ${Math.floor(ms / 100) * 100} ms`;
}

function inTime(fix: Fix, often: string): Fix {
  return { ...fix, change: fix.change.replace(USUAL, often) };
}

export const cutWhenIdle = defineRule({
  id: 'cut-when-idle',
  title: 'The stream is cut when it is quiet',
  summary:
    'An idle timer ended the stream because no byte came for a while. Clients reconnect and may miss events.',
  looksLike:
    'The answer breaks off (no last chunk, or a reset) after a silence much longer than the usual gap, often after 30, 50, 60 or 100 seconds exactly.',
  why: 'Proxies and load balancers close connections that are silent: nginx 60 s, Apache 60 s, AWS ALB 60 s, Heroku 55 s, CloudFront 30 s, Cloudflare about 100 s, Envoy 5 min.',
  sources: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
    'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes',
    'https://devcenter.heroku.com/articles/request-timeout',
  ],
  needs: ['response', 'end'],
  evaluate(context) {
    const cut = readCut(context);
    if (cut === null || cut.cause !== 'idle') return null;
    const often = heartbeat(cut.quietMs);
    return {
      severity: cutSeverity(cut),
      confidence: cutConfidence(cut),
      explanation: sentences(
        `The stream ended after ${showMs(cut.quietMs)} without a byte.`,
        cutPlace(context, cut),
        limitSentence(cut.limits),
        cut.sameAs === null ? blameSentence(context.hop, 'cut-when-idle') : null,
        cut.sameAs === null ? `A comment line ${often} keeps any such timer from running out.` : null,
        cut.sameAs === null ? uselessSentence(context, 'cut-when-idle') : null,
      ),
      evidence: cutEvidence(context, cut),
      fixes: cut.sameAs === null ? fixesAt(context, 'cut-when-idle').map((fix) => inTime(fix, often)) : [],
    };
  },
});
