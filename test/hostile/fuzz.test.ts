import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { buildGateway } from '../../bench/build.ts';
import { runFuzz } from '../../bench/fuzz/run-fuzz.ts';
import { describeResult, describeViolation } from '../../bench/fuzz/summary.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SEED = 20_260_731;

// The long run is `npm run fuzz`; its last result is in docs/threat-model.md.
it('one gateway process serves on after 3,000 damaged clients and upstreams, and nothing of them is left', async () => {
  const folder = buildGateway(ROOT, `${ROOT}.tmp/fuzz-test`);
  const result = await runFuzz({ folder, seed: SEED, profile: 'plain', requests: 3_000, concurrency: 16 });
  const found = result.violations.map((violation) => describeViolation(violation, null)).join('');
  expect(found, describeResult(SEED, 'plain', result)).toBe('');
  // It has been through both: requests that went on, and ones that did not.
  expect(result.cases).toBe(3_000);
  expect(result.upstreamRequests).toBeGreaterThan(500);
  expect(result.statuses['200']).toBeGreaterThan(100);
  expect(result.statuses['400']).toBeGreaterThan(100);
  expect(result.statuses['502']).toBeGreaterThan(100);
}, 180_000);

it('and so does one with heartbeats, stamps, early heads, limits, retries, log, metrics, TLS and HTTP/2 on', async () => {
  const folder = buildGateway(ROOT, `${ROOT}.tmp/fuzz-test-full`);
  const result = await runFuzz({ folder, seed: SEED, profile: 'full', requests: 1_500, concurrency: 16 });
  const found = result.violations.map((violation) => describeViolation(violation, null)).join('');
  expect(found, describeResult(SEED, 'full', result)).toBe('');
  // What is on was met.
  for (const name of ['comment lines', 'stamps', 'retry lines', 'heartbeats', 'early heads', 'log lines'])
    expect(result.operations).toMatch(new RegExp(`${name}: [1-9]`));
  expect(result.statuses['HTTP/2: 200']).toBeGreaterThan(0);
}, 180_000);
