/** Numbers that look random and depend on the seed alone. */
export interface Random {
  /** 0 ≤ n < below, whole. */
  int(below: number): number;
  /** True in so many of a hundred cases. */
  percent(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** So many hexadecimal digits. */
  hex(digits: number): string;
  /** A stream of its own, independent of what is drawn here later. */
  fork(): Random;
}

/** Mulberry32, seeded by mixing the numbers (the finalizer of MurmurHash3). */
export function createRandom(...seeds: number[]): Random {
  let state = 0x9e3779b9;
  for (const seed of seeds) state = mix(state ^ mix(seed | 0) ^ Math.trunc(seed / 2 ** 32));
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const random: Random = {
    int: (below) => next() % below,
    percent: (share) => next() % 100 < share,
    pick: (list) => list[next() % list.length] as (typeof list)[number],
    hex: (digits) => Array.from({ length: digits }, () => (next() & 15).toString(16)).join(''),
    fork: () => createRandom(next(), next()),
  };
  return random;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
