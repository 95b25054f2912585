// Builds the pages of src/pages into dist/pages: each one a single file, script and style inlined, so that it can be
// served, saved and mailed as it is. pages.json has the hashes that its Content-Security-Policy allows.
//
//   node scripts/build-pages.js
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const pages = fileURLToPath(new URL('../src/pages/', import.meta.url));
const out = fileURLToPath(new URL('../dist/pages/', import.meta.url));

/** Browsers from the middle of 2022 on: what Vite calls widely available is newer than some support desks. */
const TARGET = ['chrome103', 'firefox104', 'safari15.5'];

const names = readdirSync(pages, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(`${pages}${entry.name}`).includes('index.html'))
  .map((entry) => entry.name);

function hashes(html, pattern) {
  return [...html.matchAll(pattern)].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
}

async function buildPage(name) {
  // A folder of its own: several builds at once (a test's and a user's) must not see each other's halves.
  const folder = `${out}.building-${process.pid}-${name}`;
  await build({
    configFile: false,
    root: `${pages}${name}`,
    logLevel: 'warn',
    plugins: [viteSingleFile({ removeViteModuleLoader: true })],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: TARGET,
      reportCompressedSize: false,
      license: { fileName: 'licenses.md' },
    },
  });
  const html = readFileSync(`${folder}/index.html`, 'utf8');
  // What the libraries in it ask of whoever passes them on.
  renameSync(`${folder}/licenses.md`, `${out}${name}.licenses.md`);
  rmSync(folder, { recursive: true });
  writeFileSync(`${out}${name}.html.new`, html);
  renameSync(`${out}${name}.html.new`, `${out}${name}.html`);
  return {
    scripts: hashes(html, /<script type="module"[^>]*>([\s\S]*?)<\/script>/g),
    styles: hashes(html, /<style[^>]*>([\s\S]*?)<\/style>/g),
  };
}

mkdirSync(out, { recursive: true });
const allowed = {};
for (const name of names) allowed[name] = await buildPage(name);
writeFileSync(`${out}pages.json`, `${JSON.stringify(allowed, null, 2)}\n`);
