#!/usr/bin/env node
// In a checkout the sources are compiled on first use, so that `npx unclog` works right after `npm ci`
// with install scripts switched off. The published package ships dist/ and no src/.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const main = new URL('dist/cli/main.js', root);

function newestSourceMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const ms = entry.isDirectory()
      ? newestSourceMs(new URL(`${entry.name}/`, folder))
      : statSync(new URL(entry.name, folder)).mtimeMs;
    if (ms > newest) newest = ms;
  }
  return newest;
}

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}

function buildIfStale() {
  const src = new URL('src/', root);
  const tsc = new URL('node_modules/typescript/bin/tsc', root);
  if (!existsSync(src) || !existsSync(tsc)) return;
  const stamp = new URL('dist/.tsbuildinfo', root);
  if (existsSync(main) && existsSync(stamp) && statSync(stamp).mtimeMs >= newestSourceMs(src)) return;
  const config = fileURLToPath(new URL('tsconfig.build.json', root));
  run(fileURLToPath(tsc), '-p', config);
  run(fileURLToPath(new URL('scripts/build-pages.js', root)));
  utimesSync(stamp, new Date(), new Date());
}

buildIfStale();
if (!existsSync(main)) {
  process.stderr.write(
    'unclog: dist/ is missing; run `npm ci` (and `npm run build`) in the checkout first\n',
  );
  process.exit(1);
}
await import(main.href);
