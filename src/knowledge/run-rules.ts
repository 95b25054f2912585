import {
  FINDING_IDS,
  type Finding,
  type FindingId,
  type HopFacts,
  type JudgeOptions,
  type RuleContext,
  type Severity,
  type Verdict,
} from '../types.ts';
import { findingPage } from './docs-link.ts';
import { standingOf } from './fixes.ts';
import type { FindingDraft, Rule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { uselessAt } from './useless.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** A finding that names the cause comes before the one that names its effect, at the same hop. */
const CAUSES_FIRST: readonly FindingId[] = ['compressed-unflushed', 'wrong-content-type'];

/** Findings that a verdict is about: first at a hop that has it, whatever else is wrong there. */
const OF_VERDICT: Partial<Record<Verdict, readonly FindingId[]>> = {
  cut: ['cut-when-idle', 'cut-by-age', 'truncated', 'timed-out-before-head'],
  altered: ['events-lost', 'events-duplicated', 'events-reordered', 'events-rewritten'],
};

/**
 * Judges every hop with every rule. Pure: the same facts give the same findings.
 * @param hops Nearest to the origin first.
 * @param rules For tests; default all of them.
 * @returns Findings sorted by severity, then nearest to the origin first. A rule that throws is a warning here, never a
 * crashed run.
 */
export function runRules(
  hops: HopFacts[],
  options: JudgeOptions,
  rules: readonly Rule[] = RULES,
): { findings: Finding[]; warnings: string[] } {
  const found: { finding: Finding; index: number }[] = [];
  const warnings: string[] = [];
  hops.forEach((hop, i) => {
    const context = { hop, nearer: hops[i - 1] ?? null, hops, options };
    for (const rule of rules) {
      try {
        const draft = rule.judge(context);
        if (draft === null) continue;
        found.push({ index: i, finding: findingOf(rule, draft, context) });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        warnings.push(
          `the check ${rule.id} failed on ${hop.name} (${message}): this finding is unknown there`,
        );
      }
    }
  });
  const rank = ({ finding, index }: (typeof found)[number]): number[] => [
    SEVERITIES.indexOf(finding.severity),
    index,
    OF_VERDICT[hops[index]?.verdict ?? 'streaming']?.includes(finding.id) ? 0 : 1,
    CAUSES_FIRST.includes(finding.id) ? 0 : 1,
    FINDING_IDS.indexOf(finding.id),
  ];
  found.sort((a, b) => compareLists(rank(a), rank(b)));
  return { findings: found.map(({ finding }) => finding), warnings };
}

/** Adds what every finding carries: its page, and, where something is to be fixed, what does not fix it. */
function findingOf(rule: Rule, draft: FindingDraft, context: RuleContext): Finding {
  const { title = rule.title, ...rest } = draft;
  const toFix = draft.severity !== 'info' && draft.fixes.length > 0;
  const doesNothing = toFix ? uselessAt(context, rule.id) : [];
  return {
    id: rule.id,
    hop: context.hop.name,
    title,
    ...rest,
    fixes: draft.fixes.map((fix) => ({ ...fix, standing: fix.standing ?? standingOf(fix) })),
    ...(doesNothing.length === 0 ? {} : { doesNothing }),
    docs: findingPage(rule.id),
  };
}

function compareLists(a: number[], b: number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
