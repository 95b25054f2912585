import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const MODEL = read('docs/threat-model.md');

/** `[name](../test/….test.ts): _a test_, _another_`: the files, each with the tests that are named. */
function namedTests(text: string): { file: string; names: string[] }[] {
  return [...text.matchAll(/\]\(\.\.\/(test\/[\w/.-]+\.test\.ts)\): ((?:_[^_\n]+_(?:, )?)+)/g)].map(
    ([, file = '', list = '']) => ({
      file,
      names: [...list.matchAll(/_([^_]+)_/g)].map(([, name = '']) => name),
    }),
  );
}

/** Does a string of the file begin so, or stand for it in a table of names? */
function hasTest(file: string, name: string): boolean {
  const source = read(file);
  return [`'${name}'`, `"${name}"`, `\`${name}\``].some((literal) => source.includes(literal));
}

const rows = MODEL.split('\n').filter((line) => line.startsWith('| ') && line.includes('](../'));

describe('the threat model', () => {
  it.each(namedTests(MODEL).flatMap(({ file, names }) => names.map((name) => [file, name] as const)))(
    'names a test that exists: %s, %s',
    (file, name) => {
      expect(existsSync(new URL(file, ROOT)), file).toBe(true);
      expect(hasTest(file, name), `"${name}" in ${file}`).toBe(true);
    },
  );

  it('names tests for every threat', () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => namedTests(row).length === 0)).toEqual([]);
    const threats = MODEL.split('\n').filter((line) => /^\| [^|]+ \| [^|]+ \| [^|]+ \|$/.test(line));
    const unproven = threats.filter(
      (line) => !line.includes('](../') && !/^\| (?:threat|boundary|1|2|both) /.test(line),
    );
    expect(unproven).toEqual([]);
  });

  it('names every file of hostile tests', () => {
    const files = readdirSync(new URL('test/hostile/', ROOT)).filter((name) => name.endsWith('.test.ts'));
    const unnamed = files.filter((name) => name !== 'threat-model.test.ts' && !MODEL.includes(`/${name})`));
    expect(unnamed).toEqual([]);
  });

  it('has the result of a long fuzz run, with its command and versions', () => {
    const result = MODEL.slice(MODEL.indexOf('## Both at once'), MODEL.indexOf('## What is left'));
    expect(result).toMatch(/`npm run fuzz`.*\d{4}-\d{2}-\d{2}.*Node v\d+/);
    expect(result).toMatch(/^cases +200000 clients/m);
    expect(result).toMatch(/violations +0$/m);
  });
});
