import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** A file of src and everything that it leads to. */
function reach(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file) || !/\.tsx?$/.test(file)) return seen;
  const source = readFileSync(join(SRC, file), 'utf8');
  seen.set(file, source);
  const runtime = source.replaceAll(/^import type [\s\S]*?;$/gm, '');
  for (const [, target = ''] of runtime.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g))
    reach(relative(SRC, join(SRC, dirname(file), target)), seen);
  return seen;
}

test('nothing that the check page leads to needs Node', () => {
  const files = reach('pages/check/main.tsx');
  expect(files.size).toBeGreaterThan(100);
  const needy = [...files].filter(([, source]) => /from 'node:|\bBuffer\.|\bprocess\./.test(source));
  expect(needy.map(([file]) => file)).toEqual([]);
});

test('the version is that of package.json', () => {
  const manifest = JSON.parse(readFileSync(join(SRC, '..', 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(manifest.version);
});
