import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { makeFolder, ROOT, runIn } from '../support/checkout.ts';
import { hasTool } from '../support/tools.ts';

/** Installing asks the package registry. */
const INSTALL_WITHIN_MS = 180_000;
const RUN_WITHIN_MS = 60_000;

/** A user's program: uses the library, and its types strictly. */
const LIBRARY_USER = `
import { createGateway, createOrigin, probe, type Report } from 'unclog';

const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 50, events: 6 });
const gateway = await createGateway({ upstream: origin.url, listen: { host: '127.0.0.1', port: 0 } });
const report: Report = await probe([
  { name: 'origin', url: \`\${origin.url}/stream\` },
  { name: 'gateway', url: \`\${gateway.url}/stream\` },
]);
console.log(report.hops.map((hop) => \`\${hop.name} \${hop.verdict} \${hop.events.count}\`).join(', '));
// @ts-expect-error: the types are really there, so a wrong one is noticed.
const wrong: number = report.verdict;
void wrong;
await gateway.close();
await origin.close();
`;

/** A user's test: the matcher of `unclog/vitest`, and its types. */
const MATCHER_USER = `
import 'unclog/vitest';
import { createOrigin } from 'unclog';
import { expect, test } from 'vitest';

test('streams', async () => {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 50, events: 6 });
  await expect(\`\${origin.url}/stream\`).toStream({ durationMs: 1_000, allow: ['missing-opt-out'] });
  await expect(origin.url).not.toStream({ waitFirstMs: 500 });
  // @ts-expect-error: the types are really there, so a wrong option is noticed.
  void (() => expect('').toStream({ durationMs: 'long' }));
  await origin.close();
});
`;

const STRICT = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: 'ES2022',
    module: 'NodeNext',
    // The dependencies' declarations are their own affair; ours are checked by the errors they cause in user.ts.
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    outDir: 'out',
  },
  files: ['user.ts'],
};

describe('the package as npm would publish it', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let packed: string[];

  const run = (file: string, ...args: string[]) => runIn(folder, RUN_WITHIN_MS, file, ...args);

  beforeAll(async () => {
    ({ folder, remove } = await makeFolder());
    // Without scripts: the build that the test run began with is there, and others use it at this moment.
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const made = await runIn(ROOT, RUN_WITHIN_MS, 'npm', ...pack);
    expect(made).toMatchObject({ code: 0 });
    packed = packedFiles(made.stdout);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    const install = ['install', '--ignore-scripts', '--prefer-offline', `./${tarball}`];
    const installed = await runIn(folder, INSTALL_WITHIN_MS, 'npm', ...install);
    expect(installed).toMatchObject({ code: 0 });
  }, INSTALL_WITHIN_MS + RUN_WITHIN_MS);

  afterAll(() => remove?.());

  it('holds what it needs to run and nothing from the workshop', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'package.json',
        'bin/unclog.js',
        'dist/index.js',
        'dist/index.d.ts',
      ]),
    );
    expect(
      packed.filter(
        (path) =>
          !/^(bin|dist|nginx)\/|^[A-Z]+(\.md)?$|^(package|report\.schema|gateway\.schema)\.json$/.test(path),
      ),
    ).toEqual([]);
    expect(packed.filter((path) => /tsbuildinfo|\.test\.|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it('runs as `npx unclog --version`', async () => {
    expect(await run('npx', 'unclog', '--version')).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  });

  it('shows the demonstration from an empty folder', async () => {
    // With nginx: its configurations are part of the package.
    const how = hasTool('nginx') ? [] : ['--simulate'];
    const shown = await run('npx', 'unclog', 'demo', ...how);
    expect(shown, shown.stderr).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/held/i);
    expect(shown.stdout).toMatch(/streaming/i);
  });

  it('refuses a flag that does not exist with exit code 2', async () => {
    const refused = await run('npx', 'unclog', 'demo', '--bogus-flag');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/bogus-flag/);
  });

  it('gives a library whose types compile strictly, and which measures', async () => {
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'user.ts'), LIBRARY_USER);
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(STRICT));
    const compiled = await runIn(project, RUN_WITHIN_MS, join(ROOT, 'node_modules/.bin/tsc'));
    expect(compiled.stdout).toBe('');
    expect(compiled.code).toBe(0);
    const ran = await runIn(project, RUN_WITHIN_MS, process.execPath, 'out/user.js');
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim()).toBe('origin streaming 6, gateway streaming 6');
  });

  it(
    'brings a matcher for vitest, with its types',
    async () => {
      const project = join(folder, 'matcher');
      await mkdir(project);
      // Whoever writes tests has vitest; it is not installed along with unclog.
      expect(await readdir(join(folder, 'node_modules'))).not.toContain('vitest');
      await symlink(join(ROOT, 'node_modules/vitest'), join(folder, 'node_modules/vitest'), 'dir');
      await writeFile(join(project, 'user.test.ts'), MATCHER_USER);
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: { ...STRICT.compilerOptions, noEmit: true },
          files: ['user.test.ts'],
        }),
      );
      const compiled = await runIn(project, RUN_WITHIN_MS, join(ROOT, 'node_modules/.bin/tsc'));
      expect(compiled.stdout).toBe('');
      const ran = await runIn(
        project,
        RUN_WITHIN_MS,
        join(ROOT, 'node_modules/.bin/vitest'),
        'run',
        '--root',
        project,
      );
      expect(ran.stdout).toMatch(/1 passed/);
      expect(ran.code).toBe(0);
    },
    2 * RUN_WITHIN_MS,
  );
});

/** npm 11 prints a list of packages, npm 12 an object of them by name. */
function packedFiles(json: string): string[] {
  type Packed = { files: { path: string }[] };
  const parsed = JSON.parse(json) as Packed[] | Record<string, Packed>;
  return Object.values(parsed).flatMap((one) => one.files.map((file) => file.path));
}
