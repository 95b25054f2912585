import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:containers`: needs a Docker engine, so that it is no part of `npm test`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/containers/**/*.spec.ts'],
    globalSetup: ['test/containers/setup.ts'],
    // Some streams last for 20 s.
    testTimeout: 90_000,
    // The first start of our own image may have to build it.
    hookTimeout: 600_000,
    // Most of the time they wait; each product is two containers.
    maxConcurrency: 8,
    retry: process.env.CI ? 1 : 0,
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: '.tmp/vitest.json' },
  },
});
