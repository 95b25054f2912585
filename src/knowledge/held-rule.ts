import type { HoldKind, RuleContext } from '../types.ts';
import { blameSentence, fixesAt, holdSeverity, inheritedFrom, latenessEvidence } from './blame.ts';
import { wrongSideOptOut } from './intermediaries/nginx.ts';
import { findingOf } from './intermediary.ts';
import { sentences, textEvidence } from './phrases.ts';
import { codingOf } from './readings.ts';
import { defineRule, type FindingDraft, type Rule, type RuleText } from './rule.ts';

interface HeldRuleSource extends Omit<RuleText, 'id'> {
  kind: HoldKind;
  /** What happens at this hop, one or two sentences with its numbers. */
  tell(context: RuleContext): string;
}

/**
 * A rule for one kind of hold. The kind and the verdict are already decided; the rule puts the blame where it belongs:
 * a hold that a nearer hop already shows is an `info` here, and the error stays with the nearer hop.
 */
export function defineHeldRule(source: HeldRuleSource): Rule {
  const { kind, tell, ...text } = source;
  return defineRule({
    ...text,
    id: findingOf(kind),
    needs: ['hold'],
    evaluate(context) {
      if (context.hold.kind !== kind) return null;
      return inheritedDraft(context, text.title) ?? ownDraft(context, kind, tell(context));
    },
  });
}

function inheritedDraft(context: RuleContext, title: string): FindingDraft | null {
  const holder = inheritedFrom(context);
  if (holder === null) return null;
  const { hop } = context;
  return {
    severity: 'info',
    confidence: hop.holdConfidence ?? 'possible',
    title: `${title} (inherited from ${holder.name})`,
    explanation: `${hop.name} shows the same hold as ${holder.name}, which is nearer to the origin, and adds nothing that can be seen. Fix ${holder.name} first, then measure again: a hold of its own would only show then.`,
    evidence: latenessEvidence(hop, holder),
    fixes: [],
  };
}

function ownDraft(context: RuleContext, kind: HoldKind, told: string): FindingDraft {
  const { hop, nearer } = context;
  const coding = codingOf(hop);
  const wrongSide = isWrongSide(context);
  return {
    severity: holdSeverity(hop),
    confidence: hop.holdConfidence ?? 'possible',
    explanation: sentences(
      told,
      placeSentence(context),
      blameSentence(hop, kind),
      coding === null
        ? null
        : `The answer is compressed (${coding}), which may be the reason: see compressed-unflushed.`,
      wrongSide
        ? 'X-Accel-Buffering: no reaches the client although nginx removes what the origin sends: the configuration adds it with add_header, on the client side, where it does nothing.'
        : null,
    ),
    evidence: [
      ...latenessEvidence(hop, nearer),
      ...(wrongSide ? [textEvidence('X-Accel-Buffering in the answer', 'no', 'absent behind nginx')] : []),
    ],
    fixes: fixesAt(hop, kind),
  };
}

/** Which stretch of the way is to blame. */
function placeSentence({ hop, nearer }: RuleContext): string {
  if (nearer === null) {
    return hop.index === 0
      ? 'Only this address was measured, so whatever stands on the way to it may be the one that holds.'
      : '';
  }
  if (nearer.verdict === 'streaming') {
    return `${nearer.name}, one step nearer to the origin, delivered in time: the hold is between the two.`;
  }
  return '';
}

/** `add_header X-Accel-Buffering no;`: a common cure that cures nothing. */
function isWrongSide({ hop, nearer }: RuleContext): boolean {
  const nginx = hop.intermediaries.find(({ id }) => id === 'nginx' || id === 'ingress-nginx');
  if (nginx === undefined || nginx.confidence === 'possible') return false;
  return wrongSideOptOut(hop.observation, nearer?.observation ?? null);
}
