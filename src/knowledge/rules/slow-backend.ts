import type { RuleContext } from '../../types.ts';
import { fixesFor } from '../fixes.ts';
import { msEvidence, showMs } from '../phrases.ts';
import { gatewayGaveUp, headWaitMs, isStreamAnswer } from '../readings.ts';
import { defineRule, type FindingDraft } from '../rule.ts';

/** A response head later than this, from a server that holds nothing, is a slow server. */
const SLOW_HEAD_MS = 2_000;

function noHead({ hop }: RuleContext): FindingDraft | null {
  const gaveUp = gatewayGaveUp(hop.observation);
  if (hop.verdict !== 'inconclusive' && !gaveUp) return null;
  if (hop.observation.response !== null && !gaveUp) return null;
  const waitedMs = headWaitMs(hop.observation) ?? hop.observation.limits.waitFirstMs;
  return {
    severity: 'warning',
    confidence: 'possible',
    explanation: gaveUp
      ? 'The server behind the gateway may simply not have answered in time. Measure it directly to know.'
      : `No response head came in ${showMs(waitedMs)}. The server may not have answered yet; or an intermediary holds its answer back (held-until-close). Measure nearer to the origin, or wait longer with --wait-first.`,
    evidence: [msEvidence('waited for a response head', waitedMs)],
    fixes: fixesFor([], 'slow-backend'),
  };
}

function lateHead({ hop, options }: RuleContext): FindingDraft | null {
  const waitMs = headWaitMs(hop.observation);
  if (waitMs === null || waitMs < SLOW_HEAD_MS || !isStreamAnswer(hop) || hop.hold !== null) return null;
  const known = hop.headHoldMs !== null && hop.headHoldMs < options.maxHoldMs;
  return {
    severity: 'info',
    confidence: known ? 'likely' : 'possible',
    explanation: `The response head took ${showMs(waitMs)}. ${known ? 'The server sent it that late.' : 'The server may be slow, or something before this address keeps the head until the first event (head-held).'}`,
    evidence: [msEvidence('response head after', waitMs)],
    fixes: fixesFor([], 'slow-backend'),
  };
}

export const slowBackend = defineRule({
  id: 'slow-backend',
  title: 'The server may be slow to answer',
  summary:
    'The response head is late or missing at the address nearest to the origin, which a slow server explains as well as a hop that holds.',
  looksLike: 'No response head, or a late one, at the first address; nothing nearer was measured.',
  why: 'A cold start, a queue, a database, or a server that sends its head only with the first event.',
  sources: ['https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6.5'],
  needs: [],
  evaluate: (context) => (context.hop.index === 0 ? (noHead(context) ?? lateHead(context)) : null),
});
