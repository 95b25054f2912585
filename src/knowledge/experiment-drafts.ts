import type { ExperimentFacts, FindingId, RuleContext } from '../types.ts';
import { blameSentence, fixesAt } from './blame.ts';
import { lookThereFirst, shownNearer } from './experiment-context.ts';
import { eventsEvidence, msEvidence, sentences, showMs, textEvidence } from './phrases.ts';
import type { FindingDraft, Rule } from './rule.ts';

type Draft = (context: RuleContext, experiments: ExperimentFacts) => FindingDraft | null;

/**
 * Findings that watching a stream can show and experiments show as well: what the experiment says where watching said
 * nothing, or was not sure.
 */
const DRAFTS: Readonly<Partial<Record<FindingId, Draft>>> = {
  'opt-out-stripped': draftStripped,
  'served-from-cache': draftCache,
  'cut-when-idle': (context, { idle }) =>
    draftCut(
      context,
      'cut-when-idle',
      idle?.quietCutMs ?? null,
      (ms) => `A stream that was silent was cut after ${showMs(ms)}.`,
    ),
  'cut-by-age': (context, { idle }) =>
    draftCut(
      context,
      'cut-by-age',
      idle?.ageCutMs ?? null,
      (ms) => `A stream that was never quiet was cut ${showMs(ms)} after the request.`,
    ),
  'timed-out-before-head': (context, { idle }) =>
    draftCut(
      context,
      'timed-out-before-head',
      idle?.headCutMs ?? null,
      (ms) => `The hop gave up after ${showMs(ms)} without a response head.`,
    ),
};

/** The rule, with what experiments add to it. */
export function withExperiments(rule: Rule): Rule {
  const draft = DRAFTS[rule.id];
  if (draft === undefined) return rule;
  return {
    ...rule,
    judge(context) {
      const { experiments } = context.hop;
      const watched = rule.judge(context);
      const shown = experiments === undefined ? null : draft(context, experiments);
      if (watched === null || shown === null || watched.confidence === 'proven') return watched ?? shown;
      // What was only likely is shown now: it weighs as much as before.
      return { ...shown, severity: watched.severity };
    },
  };
}

const OPT_OUT_NAMES = {
  'x-accel-buffering': 'X-Accel-Buffering',
  incremental: 'Incremental',
  'no-transform': 'no-transform in Cache-Control',
} as const;

function draftStripped(context: RuleContext, experiments: ExperimentFacts): FindingDraft | null {
  const own = experiments.strippedOptOuts;
  const nearer = shownNearer(context, ({ strippedOptOuts }) =>
    own.every((one) => strippedOptOuts.includes(one)),
  );
  if (own.length === 0 || nearer !== null) return null;
  const names = own.map((one) => OPT_OUT_NAMES[one]).join(' and ');
  return {
    severity: 'info',
    confidence: 'proven',
    explanation: sentences(
      `The origin sent ${names}, and it did not arrive here.`,
      'Another proxy in front would not see the request not to buffer.',
      blameSentence(context.hop, 'opt-out-stripped'),
    ),
    evidence: own.map((one) => textEvidence(OPT_OUT_NAMES[one], 'absent', 'as the origin sent it')),
    fixes: fixesAt(context, 'opt-out-stripped'),
  };
}

function isFromCache({ cache }: ExperimentFacts): boolean {
  return cache !== null && cache.requests < cache.readers;
}

function draftCache(context: RuleContext, experiments: ExperimentFacts): FindingDraft | null {
  const { cache } = experiments;
  if (cache === null || !isFromCache(experiments)) return null;
  const nearer = shownNearer(context, isFromCache);
  return {
    severity: nearer === null ? 'warning' : 'info',
    confidence: 'proven',
    explanation: sentences(
      `${cache.readers} readers asked for one stream without Cache-Control, and the origin saw ${cache.requests} of them.`,
      cache.shared ? 'Two at the same time shared one stream.' : null,
      cache.replayedEvents > 0 ? 'A later reader got the recording of an earlier one.' : null,
      'The control, which says no-cache, is not meant by this.',
      lookThereFirst(nearer) ?? blameSentence(context.hop, 'served-from-cache'),
    ),
    evidence: [
      textEvidence('requests that reached the origin', cache.requests, String(cache.readers)),
      eventsEvidence('events older than the request', cache.replayedEvents, '0'),
    ],
    fixes: nearer === null ? fixesAt(context, 'served-from-cache') : [],
  };
}

function draftCut(
  context: RuleContext,
  id: 'cut-when-idle' | 'cut-by-age' | 'timed-out-before-head',
  cutMs: number | null,
  tell: (ms: number) => string,
): FindingDraft | null {
  const { experiments } = context.hop;
  const idle = experiments?.idle ?? null;
  if (cutMs === null || idle === null) return null;
  const cutThere = (other: ExperimentFacts): number | null =>
    (id === 'cut-when-idle'
      ? other.idle?.quietCutMs
      : id === 'cut-by-age'
        ? other.idle?.ageCutMs
        : other.idle?.headCutMs) ?? null;
  const nearer = shownNearer(
    context,
    (other) => (cutThere(other) ?? Number.POSITIVE_INFINITY) <= cutMs + 2_000,
  );
  const cured = id === 'cut-when-idle' && idle.heartbeatCutMs === null;
  return {
    // A stream that is quiet for a while is what --idle asks about; silence before the head is another request.
    severity: nearer !== null ? 'info' : id === 'timed-out-before-head' ? 'warning' : 'error',
    confidence: 'proven',
    explanation: sentences(
      tell(cutMs),
      cured ? 'The same stream with heartbeats was kept up.' : null,
      lookThereFirst(nearer) ?? blameSentence(context.hop, id),
    ),
    evidence: [
      msEvidence('cut after', cutMs, `not within ${showMs(idle.watchedMs)}`),
      ...(id === 'cut-when-idle'
        ? [
            textEvidence(
              'with heartbeats',
              idle.heartbeatCutMs === null ? 'kept up' : `cut after ${showMs(idle.heartbeatCutMs)}`,
            ),
          ]
        : []),
    ],
    fixes: nearer === null ? fixesAt(context, id) : [],
  };
}
