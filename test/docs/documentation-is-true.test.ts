import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
  'configs/README.md',
  ...readdirSync(new URL('examples/', ROOT)).map((name) => `examples/${name}/README.md`),
];

/** These pages are about other programs: flags are theirs, except behind the name of this one. */
const FOREIGN_PAGES =
  /^docs\/((?:intermediaries|findings|causes|zoo)\.md|(?:findings|why|clients|backends)\/)|^configs\//;

/** The flags a page ascribes to this program. */
function flagsOf(page: string): string[] {
  const text = FOREIGN_PAGES.test(page)
    ? [
        ...read(page).matchAll(
          /\bunclog (?:[a-z]+=|--|probe|curl|origin|gateway|demo|diagnose|https?:)[^`\n]*/g,
        ),
      ]
        .map(([line]) => line)
        .join('\n')
    : read(page);
  return [...text.matchAll(/(?<![\w-])--[a-z][a-z0-9.-]*[a-z0-9]/g)].map(([flag]) => flag);
}

/** The anchors of a page: GitHub makes them of its headings. */
function anchorsOf(path: string): Set<string> {
  const headings = [...read(path).matchAll(/^#+ +(.+)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Flags of other programs that the pages mention. */
const FOREIGN_FLAGS = new Set([
  ...[
    '--abort-on-container-exit',
    '--exit-code-from',
    '--build',
    '--profile',
    '--ignore-scripts',
    '--omit',
    '--init',
  ],
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
  ...['--stop-timeout', '--unit', '--file', '--signal', '--global', '--now', '--image'],
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

  it.each(PAGES)('%s links only to sections that exist', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)#([^)\s]+)\)/g)];
    const missing = targets.filter(([, file = '', anchor = '']) => {
      const url = file === '' ? new URL(page, ROOT) : new URL(file, new URL(page, ROOT));
      const path = url.pathname.slice(ROOT.pathname.length);
      return path.endsWith('.md') && existsSync(url) && !anchorsOf(path).has(anchor);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  it('every page under docs/ is linked from the README, or from a page that is', () => {
    const reached = new Set<string>();
    const queue = ['README.md'];
    for (let page = queue.pop(); page !== undefined; page = queue.pop()) {
      if (reached.has(page)) continue;
      reached.add(page);
      for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)/g)) {
        const path = new URL(target, new URL(page, ROOT)).pathname.slice(ROOT.pathname.length);
        if (path.endsWith('.md') && existsSync(new URL(path, ROOT))) queue.push(path);
      }
    }
    expect(PAGES.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });

  it('every folder and top page of docs/ is named in the README itself', () => {
    const wanted = PAGES.filter((page) => /^docs\/(?:[^/]+\.md|[^/]+\/README\.md)$/.test(page));
    expect(wanted.filter((page) => !read('README.md').includes(`(${page}`))).toEqual([]);
  });

  it('calls a product tested exactly where the knowledge base does', () => {
    const section = (id: string): string =>
      read('docs/intermediaries.md')
        .split(/^## /m)
        .find((text) => text.startsWith(`${id}\n`)) ?? '';
    for (const { id, tried, fixes } of INTERMEDIARIES) {
      expect(section(id).includes('tested here with version'), id).toBe(tried !== undefined);
      // A change that was run needs a product that was run.
      if (fixes.some(({ proven, tested }) => proven || tested)) expect(tried, id).toBeDefined();
    }
  });

  it('names no flag that the program does not have', () => {
    const known = ['probe', 'curl', 'diagnose', 'origin', 'gateway', 'demo', 'explain']
      .map(helpOf)
      .join('\n');
    const unknown = PAGES.flatMap((page) =>
      flagsOf(page)
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
