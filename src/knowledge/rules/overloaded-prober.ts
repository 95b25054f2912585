import { eventsEvidence, msEvidence, sentences, showMs } from '../phrases.ts';
import { defineRule } from '../rule.ts';

/** The measuring process being late by so much is no longer jitter of timers. */
const WORTH_A_LINE_MS = 100;
/** A lateness this small decides nothing. */
const LATE_MS = 50;

export const overloadedProber = defineRule({
  id: 'overloaded-prober',
  title: 'This machine was too busy to measure well',
  summary:
    'The measuring process itself was late at times. Events that seem late then may have been in time.',
  looksLike: 'The prober’s own clock ticks stop for a while, at the same moments at which events seem late.',
  why: 'Too little processor time: other programs, a small container, a laptop that slept.',
  sources: ['https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions'],
  needs: [],
  evaluate({ hop, options }) {
    const { proberLags } = hop.observation;
    const unsure = hop.holds.filter((sample) => sample.unsure && sample.holdMs > LATE_MS);
    const worstMs = Math.max(0, ...proberLags.map((lag) => lag.lagMs));
    if (unsure.length === 0 && worstMs < Math.min(WORTH_A_LINE_MS, options.maxHoldMs)) return null;
    return {
      severity: unsure.length > 0 || hop.verdict === 'inconclusive' ? 'warning' : 'info',
      confidence: 'likely',
      explanation: sentences(
        `This machine stopped for up to ${showMs(worstMs)} while it measured.`,
        unsure.length > 0
          ? 'Some late arrivals coincide with that, so their lateness says nothing about the hop. Measure again on a machine with less to do.'
          : 'No late arrival coincides with that, so the result stands.',
      ),
      evidence: [
        msEvidence('the prober itself was late by up to', worstMs),
        eventsEvidence('late arrivals that coincide', unsure.length, '0'),
      ],
      fixes: [],
    };
  },
});
