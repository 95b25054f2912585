import type { HoldKind, HopFacts, RuleContext } from '../types.ts';
import {
  blameSentence,
  fixesAt,
  holdSeverity,
  inheritedFrom,
  latenessEvidence,
  nearestDelivering,
} from './blame.ts';
import { unflushedCompressor } from './compressor.ts';
import { wrongSideOptOut } from './intermediaries/nginx.ts';
import { findingOf } from './intermediary.ts';
import { sentences, textEvidence } from './phrases.ts';
import { hasAccelOptOut, headersOf } from './readings.ts';
import { defineRule, type FindingDraft, type Rule, type RuleText } from './rule.ts';
import { shareEvidence, shareSentence } from './shares.ts';
import { uselessSentence } from './useless.ts';

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
    explanation: `"${hop.name}" shows the same hold as "${holder.name}", which is nearer to the origin, and adds nothing that can be seen. Fix "${holder.name}" first, then measure again: a hold of its own would only show then.`,
    evidence: latenessEvidence(hop, holder),
    fixes: [],
  };
}

function ownDraft(context: RuleContext, kind: HoldKind, told: string): FindingDraft {
  const { hop } = context;
  const compressor = unflushedCompressor(context);
  const wrongSide = isWrongSide(context);
  return {
    // The compressor's finding has the error and its cure; this one only says how it shows.
    severity: compressor === 'likely' ? 'warning' : holdSeverity(hop),
    confidence: hop.holdConfidence ?? 'possible',
    explanation: sentences(
      told,
      compressor === 'likely' ? null : blameSentence(hop, kind),
      placeSentence(context),
      shareSentence(context),
      compressor === null
        ? null
        : `The compression of the answer is the ${compressor} reason: see compressed-unflushed.`,
      ignoredOptOut(context),
      wrongSide
        ? 'X-Accel-Buffering: no reaches the client although nginx removes what the origin sends: the configuration adds it with add_header, on the client side, where it does nothing.'
        : null,
      wrongSide ? null : uselessSentence(context, findingOf(kind)),
    ),
    evidence: [
      ...latenessEvidence(hop, nearestDelivering(context)),
      ...shareEvidence(context),
      ...(wrongSide ? [textEvidence('X-Accel-Buffering in the answer', 'no', 'absent behind nginx')] : []),
    ],
    fixes: fixesAt(context, compressor === 'likely' ? 'compressed-unflushed' : kind),
  };
}

/** Which stretch of the way is to blame. */
function placeSentence({ hop, nearer }: RuleContext): string {
  if (nearer === null) {
    return hop.index === 0
      ? 'Nothing nearer to the origin was measured: whatever stands before this address may be what holds.'
      : '';
  }
  if (nearer.verdict === 'streaming') {
    return `"${nearer.name}", nearer to the origin, delivered in time: the hold is between the two.`;
  }
  return '';
}

/** The origin already asks nginx not to buffer, in vain. */
function ignoredOptOut({ hop, nearer }: RuleContext): string | null {
  const asked = nearer !== null && hasAccelOptOut(headersOf(nearer));
  if (!asked || !isNginx(hop)) return null;
  return `"${nearer.name}" sends X-Accel-Buffering: no in vain: proxy_ignore_headers disregards it here, or an nginx in between has already removed it.`;
}

/** `add_header X-Accel-Buffering no;`: a common cure that cures nothing. */
function isWrongSide({ hop, nearer }: RuleContext): boolean {
  return isNginx(hop) && wrongSideOptOut(hop.observation, nearer?.observation ?? null);
}

function isNginx(hop: HopFacts): boolean {
  return hop.intermediaries.some(({ id, confidence }) => /(^|-)nginx$/.test(id) && confidence !== 'possible');
}
