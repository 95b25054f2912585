import type { ExperimentFacts } from '../../types.ts';
import { blameSentence, fixesAt } from '../blame.ts';
import { lookThereFirst, shownNearer } from '../experiment-context.ts';
import { msEvidence, sentences, showMs, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

function isUnnoticed({ abort }: ExperimentFacts): boolean {
  return abort !== null && (abort.quietMs === null || abort.writingMs === null);
}

export const abortNotPropagated = defineRule({
  id: 'abort-not-propagated',
  title: 'The origin is not told that the client has left',
  summary:
    'The hop keeps the stream to the origin open although nobody reads it any more: the origin goes on working, an LLM goes on generating, and connections pile up.',
  looksLike:
    'Seen by experiments only: a client leaves, and the origin does not see its side of the connection end within seconds.',
  why: 'A hop that does not watch its client while it waits for the server behind it notices only when it has something to write, or fetches the answer to its end on purpose (a cache, proxy_ignore_client_abort).',
  sources: [
    'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20abortonclose',
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_client_abort',
  ],
  needs: [],
  evaluate(context) {
    const abort = context.hop.experiments?.abort ?? null;
    if (abort === null || !isUnnoticed({ ...context.hop.experiments, abort } as ExperimentFacts)) return null;
    const nearer = shownNearer(context, isUnnoticed);
    const waited = showMs(abort.waitedMs);
    const shown = (ms: number | null) =>
      ms === null ? textEvidence : (what: string) => msEvidence(what, ms, 'at once');
    return {
      severity: nearer === null ? 'warning' : 'info',
      confidence: 'proven',
      explanation: sentences(
        abort.writingMs === null
          ? `Clients left, and the origin had not noticed ${waited} later, not even while it was writing.`
          : `A client left a stream that was quiet, and the origin had not noticed ${waited} later; while events came it took ${showMs(abort.writingMs)}.`,
        lookThereFirst(nearer) ?? blameSentence(context.hop, 'abort-not-propagated'),
      ),
      evidence: [
        shown(abort.writingMs)('noticed while events came', `not within ${waited}`, 'at once'),
        shown(abort.quietMs)('noticed while it was quiet', `not within ${waited}`, 'at once'),
      ],
      fixes: nearer === null ? fixesAt(context, 'abort-not-propagated') : [],
    };
  },
});
