import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(new URL('docs/', ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'docs/deploy/README.md',
  ...readdirSync(new URL('examples/', ROOT)).map((name) => `examples/${name}/README.md`),
];

/** This page is about other programs: its flags are theirs. */
const FOREIGN_PAGES = new Set(['docs/intermediaries.md', 'docs/findings.md', 'docs/causes.md']);

/** Flags of other programs that the pages mention. */
const FOREIGN_FLAGS = new Set([
  ...['--abort-on-container-exit', '--exit-code-from', '--build', '--ignore-scripts', '--omit', '--init'],
  ...[
    '--http',
    '--host',
    '--port',
    '--reload',
    '--no-color',
    '--help',
    '--version',
    '--rm',
    '--publish',
    '--network',
  ],
  ...['--stop-timeout', '--unit', '--file', '--signal', '--global', '--now'],
  ...['--no-install-recommends', '--no-buffer', '--include', '--app-dir', '--prefix'],
]);

function helpOf(command: string): string {
  const bin = fileURLToPath(new URL('bin/unclog.js', ROOT));
  return spawnSync(process.execPath, [bin, command, '--help'], { encoding: 'utf8' }).stdout;
}

describe('the documentation', () => {
  it.each(PAGES)('%s links to nothing that is not there', (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const missing = targets
      .filter((target) => !/^(https?:|mailto:|#)/.test(target))
      .filter((target) => !existsSync(new URL(target.replace(/#.*$/, ''), new URL(page, ROOT))));
    expect(missing).toEqual([]);
  });

  it('names no flag that the program does not have', () => {
    const known = ['probe', 'curl', 'diagnose', 'origin', 'gateway', 'demo', 'explain']
      .map(helpOf)
      .join('\n');
    const unknown = PAGES.filter((page) => !FOREIGN_PAGES.has(page)).flatMap((page) =>
      [...read(page).matchAll(/(?<![\w-])--[a-z][a-z0-9.-]*[a-z0-9]/g)]
        .map((match) => match[0])
        .filter((flag) => !FOREIGN_FLAGS.has(flag) && !known.includes(flag))
        .map((flag) => `${page}: ${flag}`),
    );
    expect(unknown).toEqual([]);
  });

  it('names no npm script that package.json does not have', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = PAGES.flatMap((page) =>
      [...read(page).matchAll(/npm run ([a-z][\w:-]*)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names no file of this repository that is not there', () => {
    const pattern = /`((?:src|test|configs|nginx|docs|examples|scripts|bench)\/[\w./-]+\.\w+)`/g;
    const named = PAGES.flatMap((page) => [...read(page).matchAll(pattern)].map((match) => match[1] ?? ''));
    expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  it('docs/cli.md is what the program says of itself', async () => {
    // @ts-expect-error a plain script without types
    const { cliPage } = (await import('../../scripts/generate-cli-docs.js')) as { cliPage: () => string };
    expect(read('docs/cli.md')).toBe(cliPage());
  });

  it('every dependency is explained in the README, and nothing else is', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const table = [...read('README.md').matchAll(/^\| \[([a-z-]+)\]\(https:\/\/www\.npmjs\.com/gm)].map(
      (match) => match[1],
    );
    expect(table.sort()).toEqual(Object.keys(dependencies).sort());
  });
});
