/** mulberry32: small, fast, the same everywhere. Numbers from 0 up to, not including, `below`. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Where to cut so many bytes: now and then after each, mostly in a few places. Ascending; may repeat. */
export function makeCuts(random: (below: number) => number, length: number): number[] {
  if (random(10) === 0) return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
  const cuts = Array.from({ length: random(8) }, () => random(length + 1));
  return cuts.sort((a, b) => a - b);
}
