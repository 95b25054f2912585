import type {
  Confidence,
  Evidence,
  FindingId,
  Fix,
  HopFacts,
  Observation,
  ReportHold,
  RuleContext,
  Severity,
} from '../types.ts';

/** What a rule found; {@link runRules} adds the id, the hop's name and (unless given) the rule's title. */
export interface FindingDraft {
  severity: Severity;
  confidence: Confidence;
  /** Replaces the rule's title. */
  title?: string;
  explanation: string;
  evidence: Evidence[];
  fixes: Fix[];
}

/** What a rule can ask for. A hop that lacks one of them is "not applicable", which is no finding and no error. */
export interface Given {
  response: NonNullable<Observation['response']>;
  error: NonNullable<Observation['error']>;
  end: NonNullable<Observation['end']>;
  tls: NonNullable<Observation['tls']>;
  hold: ReportHold;
  nearer: HopFacts;
}
export type Need = keyof Given;

/** What a finding is, for `unclog explain` and docs/findings.md. Plain English, a support person pastes it. */
export interface RuleText {
  /** Equal to the file's name. */
  id: FindingId;
  /** Short, as a headline: "Events wait until the answer ends". */
  title: string;
  /** One or two sentences: what it means for the person who waits for events. */
  summary: string;
  /** How it shows in a measurement. */
  looksLike: string;
  /** How it comes about. */
  why: string;
  /** Public addresses that back the facts. */
  sources: readonly string[];
}

/** One finding id: its text and the pure function that decides whether a hop has it. */
export interface Rule extends RuleText {
  needs: readonly Need[];
  /** Null: the hop does not have this finding, or the rule does not apply to it. */
  judge(context: RuleContext): FindingDraft | null;
}

interface RuleSource<N extends Need> extends RuleText {
  needs: readonly N[];
  /** Sees what it declared in `needs`, never null. */
  evaluate(
    context: Omit<RuleContext, 'nearer'> & Pick<RuleContext & Given, N | 'nearer'>,
  ): FindingDraft | null;
}

function given(context: RuleContext): { [K in Need]: Given[K] | null } {
  const { response, error, end, tls } = context.hop.observation;
  return { response, error, end, tls, hold: context.hop.hold, nearer: context.nearer };
}

/** Makes a rule: its `evaluate` runs only where everything in `needs` is there. */
export function defineRule<N extends Need>(source: RuleSource<N>): Rule {
  const { evaluate, ...text } = source;
  return {
    ...text,
    judge(context) {
      const have = given(context);
      if (source.needs.some((need) => have[need] === null)) return null;
      // The line above is what the cast says: every declared need is there.
      return evaluate({ ...context, ...have } as unknown as Parameters<typeof evaluate>[0]);
    },
  };
}
