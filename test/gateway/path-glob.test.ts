import { expect, it } from 'vitest';
import { createPathMatcher } from '../../src/gateway/path-glob.ts';

it.each([
  ['/stream', '/stream', true],
  ['/stream', '/stream/', false],
  ['/stream', '/streams', false],
  ['/stream/**', '/stream', false],
  ['/stream/**', '/stream/a/b', true],
  ['/api/*/events', '/api/v1/events', true],
  ['/api/*/events', '/api/v1/x/events', false],
  ['/**/events', '/a/b/events', true],
  ['/v?/x', '/v1/x', true],
  ['/v?/x', '/v//x', false],
  ['/a.b+(c)[d]', '/a.b+(c)[d]', true],
  ['/a.b', '/aXb', false],
])('%s on %s: %s', (glob, path, matches) => {
  expect(createPathMatcher([glob])(path)).toBe(matches);
});

it('several globs match what any of them matches, none match nothing', () => {
  expect(createPathMatcher(['/a', '/b'])('/b')).toBe(true);
  expect(createPathMatcher(['/a', '/b'])('/c')).toBe(false);
  expect(createPathMatcher([])('/')).toBe(false);
});
