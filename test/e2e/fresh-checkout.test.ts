import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { makeFolder, ROOT, runIn } from '../support/checkout.ts';

const COMPILE_WITHIN_MS = 120_000;
const PARTS = [
  'bin',
  'src',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

describe('a checkout after `npm ci --ignore-scripts`, never built', () => {
  let folder: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ folder, remove } = await makeFolder());
    await Promise.all(PARTS.map((name) => cp(join(ROOT, name), join(folder, name), { recursive: true })));
    // What `npm ci` would install is what is installed here.
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });

  afterAll(() => remove?.());

  it('runs `npx unclog`, compiling on first use', { timeout: COMPILE_WITHIN_MS }, async () => {
    const ran = await runIn(folder, COMPILE_WITHIN_MS, 'npx', 'unclog', '--version');
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  });

  it('passes the exit code on', { timeout: COMPILE_WITHIN_MS }, async () => {
    const ran = await runIn(folder, COMPILE_WITHIN_MS, 'npx', 'unclog', 'origin', '--listen', 'nonsense');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/--listen/);
  });
});
