import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Timing is measured in these tests: many more workers than cores would make the machine the thing measured. Most of the
    // time they wait for streams, so that on two cores three of them leave some of the machine idle.
    maxWorkers: 3,
    // Shared machines stall for seconds at times. What is really broken fails again; here, at a desk, nothing is retried.
    retry: process.env.CI ? 1 : 0,
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: '.tmp/vitest.json' },
  },
});
