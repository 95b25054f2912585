import type { Percentiles } from './types.ts';

/** Nearest-rank percentile of ascending values: always a value that was really seen. */
function nearestRank(ascending: number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * ascending.length));
  return ascending[rank - 1] ?? Number.NaN;
}

/** Nearest-rank percentiles; null for no values. The unit is that of the values. */
export function percentiles(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const ascending = [...values].sort((a, b) => a - b);
  return {
    p50: nearestRank(ascending, 50),
    p95: nearestRank(ascending, 95),
    p99: nearestRank(ascending, 99),
    max: nearestRank(ascending, 100),
  };
}

/** Nearest-rank median; NaN for no values. */
export function median(values: readonly number[]): number {
  return percentiles(values)?.p50 ?? Number.NaN;
}
