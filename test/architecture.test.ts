import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/**
 * What each folder of src may import besides itself and the files that lie directly in src (types, version,
 * statistics), which import no folder at all but types.ts, the entry to its own. A new folder has to be entered here.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'types.ts': ['types'],
  types: [],
  http: [],
  knowledge: ['http'],
  report: ['knowledge', 'http'],
  // What runs in a browser: never what needs Node. Of demo, what its page and its server say to each other.
  pages: ['demo', 'probe', 'report', 'knowledge', 'http'],
  // Judging ends in a report; nothing in report knows where its input came from.
  probe: ['report', 'knowledge', 'http'],
  origin: ['http'],
  // The gateway serves the check path, which the origin defines.
  gateway: ['origin', 'http'],
  demo: ['probe', 'gateway', 'origin', 'report', 'knowledge', 'http'],
  cli: ['demo', 'probe', 'gateway', 'origin', 'report', 'knowledge', 'http'],
  // The matcher for tests is a library entry as well.
  'vitest.ts': ['probe', 'report'],
  // The library's entry: everything but the command line.
  'index.ts': ['demo', 'probe', 'gateway', 'origin', 'report', 'knowledge', 'http'],
};

/** Source files, and the files of src that each imports, both relative to src with `/` between folders. */
function readImports(): Map<string, string[]> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  return new Map(
    files.map((file) => {
      const source = readFileSync(join(SRC, file), 'utf8');
      const specifiers = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)];
      const targets = specifiers.map((match) => relative(SRC, join(SRC, dirname(file), match[1] ?? '')));
      return [slashed(file), targets.map(slashed)];
    }),
  );
}

const slashed = (path: string): string => path.split(sep).join('/');

/** The folder a file of src belongs to; a file directly in src stands for itself. */
const partOf = (file: string): string => file.split('/')[0] ?? file;

/** Imports that the table does not allow, as `importer -> imported`. */
function forbidden(imports: Map<string, string[]>): string[] {
  return [...imports].flatMap(([file, targets]) => {
    const part = partOf(file);
    const allowed = MAY_IMPORT[part] ?? [];
    return targets
      .filter((target) => {
        const targetPart = partOf(target);
        const isFolder = target.includes('/');
        return targetPart !== part && (isFolder ? !allowed.includes(targetPart) : target === 'index.ts');
      })
      .map((target) => `${file} -> ${target}`);
  });
}

/** A ring of files that import one another, or null. */
function findCycle(imports: Map<string, string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): string[] | null {
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  }
  for (const file of imports.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

test('dependencies between the folders of src point one way', () => {
  expect(forbidden(readImports())).toEqual([]);
});

test('no files of src import one another in a ring', () => {
  expect(findCycle(readImports())).toBeNull();
});

test('every folder of src has its place in the table, and the table allows no ring', () => {
  const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Object.keys(MAY_IMPORT)).toEqual(expect.arrayContaining(folders.map((entry) => entry.name)));
  expect(findCycle(new Map(Object.entries(MAY_IMPORT).map(([part, list]) => [part, [...list]])))).toBeNull();
});

test('every import of src is found: each target exists', () => {
  const imports = readImports();
  const targets = [...imports.values()].flat();
  expect(targets.length).toBeGreaterThan(20);
  expect(targets.filter((target) => !imports.has(target) && !/\.(json|css)$/.test(target))).toEqual([]);
});

test('an import that goes the wrong way, and a ring, are noticed', () => {
  const wrong = new Map([
    ['report/text.ts', ['probe/run-probe.ts', 'knowledge/rule.ts', 'types.ts']],
    ['probe/run-probe.ts', ['cli/main.ts']],
    ['types.ts', ['http/listen.ts', 'index.ts']],
  ]);
  expect(forbidden(wrong)).toEqual([
    'report/text.ts -> probe/run-probe.ts',
    'probe/run-probe.ts -> cli/main.ts',
    'types.ts -> http/listen.ts',
    'types.ts -> index.ts',
  ]);
  const ring = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['b.ts']],
  ]);
  expect(findCycle(ring)).toEqual(['b.ts', 'c.ts', 'b.ts']);
});
