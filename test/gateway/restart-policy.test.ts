import { describe, expect, it } from 'vitest';
import { createRestartPolicy } from '../../src/gateway/restart-policy.ts';

describe('a worker that died is replaced', () => {
  it('at once, and again at once when it had served for a while', () => {
    const policy = createRestartPolicy();
    expect([0, 60_000, 0, 3_600_000].map((servedMs) => policy.died(servedMs, 1))).toEqual([0, 0, 0, 0]);
  });

  it('ever more slowly when each ends quickly, but for ever while another one serves', () => {
    const policy = createRestartPolicy();
    const delays = Array.from({ length: 12 }, () => policy.died(500, 1));
    expect(delays).toEqual([0, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  });

  it('no more when nobody serves and eight in a row have ended quickly', () => {
    const policy = createRestartPolicy();
    const delays = Array.from({ length: 8 }, () => policy.died(0, 0));
    expect(delays.slice(0, 7).every((delay) => delay !== null)).toBe(true);
    expect(delays[7]).toBeNull();
  });
});
