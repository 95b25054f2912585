import type { HopFacts, RuleContext } from '../types.ts';
import { count, eventsEvidence, sentences } from './phrases.ts';
import { defineRule, type Rule, type RuleText } from './rule.ts';

interface AlteredRuleSource extends RuleText {
  read: 'lost' | 'duplicated' | 'reordered' | 'rewritten';
  /** "did not arrive", after the number of events. */
  happened: string;
  cause: string;
}

/** A rule for events that are not what was sent. A nearer hop with as many of them has the error. */
export function defineAlteredRule(source: AlteredRuleSource): Rule {
  const { read, happened, cause, ...text } = source;
  return defineRule({
    ...text,
    needs: ['response'],
    evaluate(context: RuleContext) {
      const { hop, nearer } = context;
      const number = hop[read] ?? 0;
      if (number === 0) return null;
      const inherited = nearer !== null && (nearer[read] ?? 0) >= number;
      return {
        severity: inherited ? 'info' : 'error',
        confidence: nearer !== null || knownBySequence(hop) ? 'proven' : 'likely',
        explanation: sentences(
          `${count(number, 'event')} ${happened}.`,
          inherited ? `"${nearer.name}" shows as many: look there first.` : cause,
        ),
        evidence: [
          eventsEvidence(read, number, '0'),
          eventsEvidence('events that arrived', hop.timeline.events.length),
        ],
        fixes: [],
      };
    },
  });
}

/** Stamped events carry the sender's own numbers. */
function knownBySequence(hop: HopFacts): boolean {
  return hop.timeline.events.some((event) => event.seq !== null);
}
