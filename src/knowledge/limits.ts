import type { HopFacts } from '../types.ts';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import type { TimeLimit } from './intermediary.ts';

/** Timers fire late, never early; a hop also learns of the request and of the last byte a little before us. */
const EARLY_MS = 300;
const LATE_MS = 1_500;
const LATE_SHARE = 0.02;

export interface KnownLimit extends TimeLimit {
  /** Product id. */
  id: string;
  name: string;
  /** True when the product was recognised at the hop. */
  detected: boolean;
}

/** Whether a stream that lasted `measuredMs` may have met a limit of `seconds`. */
export function meets(measuredMs: number, seconds: number): boolean {
  const wantedMs = seconds * 1_000;
  return measuredMs >= wantedMs - EARLY_MS && measuredMs <= wantedMs * (1 + LATE_SHARE) + LATE_MS;
}

/** The known limits of a kind that a measured time meets; those of products recognised at the hop first, surest first. */
export function limitsMet(hop: HopFacts, kind: TimeLimit['kind'], measuredMs: number): KnownLimit[] {
  const ids = hop.intermediaries.map(({ id }) => id);
  const rank = ({ id }: KnownLimit): number => (ids.includes(id) ? ids.indexOf(id) : ids.length);
  const met = INTERMEDIARIES.flatMap(({ id, name, limits }) =>
    limits
      .filter((limit) => limit.kind === kind && meets(measuredMs, limit.seconds))
      .map((limit) => ({ ...limit, id, name, detected: ids.includes(id) })),
  );
  return met.sort((a, b) => rank(a) - rank(b));
}

/** "60 s is nginx's default proxy_read_timeout." for the best match; null where nothing known fits. */
export function limitSentence(limits: KnownLimit[]): string | null {
  const [best, ...others] = limits;
  if (best === undefined) return null;
  const tail = others.filter((one) => one.id !== best.id).slice(0, 2);
  const also =
    tail.length === 0 ? '' : ` (also: ${tail.map((one) => `${one.name} ${one.setting}`).join(', ')})`;
  return `${best.seconds} s is the default of ${INTERMEDIARY_BY_ID.get(best.id)?.name ?? best.id}'s ${best.setting}${best.detected ? '' : `, if one stands in between${also}`}.`;
}
