import { percentiles } from '../../statistics.ts';
import type { Effect, Factor, HopFacts, Percentiles, ReportExperiment } from '../../types.ts';
import { judgedHold } from '../judge.ts';

/** A hold this much shorter, in share and in time, is better; this much longer is worse. */
const BETTER_SHARE = 0.6;
const WORSE_SHARE = 1.5;
const NOTEWORTHY_MS = 60;

/** What a change did, against the same stream without it. */
export function effectOf(base: HopFacts, changed: HopFacts): Effect {
  if (changed.verdict === 'inconclusive') return 'none';
  if (base.verdict === 'streaming') return changed.verdict === 'streaming' ? 'none' : 'worsens';
  if (changed.verdict === 'streaming') return 'fixes';
  if (base.verdict !== changed.verdict) return base.verdict === 'held' ? 'worsens' : 'improves';
  const before = judgedHold(base.holds);
  const after = judgedHold(changed.holds);
  if (Math.abs(before - after) < NOTEWORTHY_MS) return 'none';
  if (after < before * BETTER_SHARE) return 'improves';
  return after > before * WORSE_SHARE ? 'worsens' : 'none';
}

/** One line of the report. */
export function toExperiment(
  hop: string,
  varied: { factor: Factor; value: string; stream: string },
  base: HopFacts,
  changed: HopFacts,
): ReportExperiment {
  return {
    hop,
    factor: varied.factor,
    value: varied.value,
    verdict: changed.verdict,
    holdMs: shownHolds(changed),
    withoutHoldMs: shownHolds(base),
    effect: effectOf(base, changed),
    stream: varied.stream,
  };
}

function shownHolds({ holds }: HopFacts): Percentiles | null {
  return percentiles(holds.map(({ holdMs }) => Math.round(holdMs * 10) / 10));
}
