import type { Target } from './target.ts';

/**
 * The target for a key by weighted rendezvous hashing: the same in every worker and every gateway that has the same
 * targets, and when one is gone only its own keys move. Source: Schindelhauer and Schomaker, "Weighted Distributed Hash
 * Tables" (SPAA 2005), the logarithmic method.
 */
export function rendezvous(key: string, targets: readonly Target[]): Target | null {
  let best: Target | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const target of targets) {
    const { address, weight } = target.at;
    const share = (hash(`${address}\n${key}`) + 0.5) / 2 ** 32;
    const score = -weight / Math.log(share);
    if (score > bestScore) {
      best = target;
      bestScore = score;
    }
  }
  return best;
}

/** FNV-1a, its bits then mixed as in MurmurHash3: alone it leaves the high bits of short keys alike. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
