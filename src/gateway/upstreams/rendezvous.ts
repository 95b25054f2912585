import type { Target } from './target.ts';

/**
 * The target for a key by rendezvous hashing: the same in every worker and every gateway that has the same targets, and
 * when one is gone only its own keys move.
 */
export function rendezvous(key: string, targets: readonly Target[]): Target | null {
  let best: Target | null = null;
  let bestScore = -1;
  for (const target of targets) {
    const score = hash(`${target.at.socketPath ?? target.at.origin}${target.at.basePath}\n${key}`);
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
