/**
 * Writes the pages that are made from the knowledge base (docs/findings, docs/why, docs/clients, docs/backends,
 * docs/intermediaries.md, docs/causes.md, configs/README.md, configs/<product>/README.md of what no test can run): `node scripts/generate-docs.ts` (Node 22.18 or newer runs
 * TypeScript itself), or `UNCLOG_WRITE_DOCS=1 npx vitest run test/knowledge/docs-are-current.test.ts`.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { generatedReadmes } from './docs/config-files.ts';
import { documentedPages } from './docs/documented-pages.ts';
import { findingPages } from './docs/finding-pages.ts';
import { guidePages } from './docs/guide-pages.ts';
import { intermediaryPages } from './docs/intermediary-pages.ts';
import type { Pages } from './docs/markdown.ts';
import { whyPages } from './docs/why-pages.ts';

const ROOT = new URL('../', import.meta.url);

/** Folders that hold nothing but generated pages. */
export const GENERATED_FOLDERS = ['docs/findings', 'docs/why', 'docs/clients', 'docs/backends'] as const;

/** The generated pages by path from the repository's root. */
export function generateDocs(): Pages {
  return { ...findingPages(), ...intermediaryPages(), ...documentedPages(), ...guidePages(), ...whyPages() };
}

/** Writes every generated page, and removes those that are no longer made. */
export function writeDocs(): void {
  const pages = generateDocs();
  for (const [path, text] of Object.entries(pages)) {
    mkdirSync(new URL('./', new URL(path, ROOT)), { recursive: true });
    writeFileSync(new URL(path, ROOT), text);
  }
  for (const path of strayPages()) rmSync(new URL(path, ROOT));
}

/** Generated pages, and files in the generated folders, that no entry of the knowledge base makes. */
export function strayPages(): string[] {
  const pages = generateDocs();
  const inFolders = GENERATED_FOLDERS.filter((folder) => existsSync(new URL(folder, ROOT))).flatMap(
    (folder) => readdirSync(new URL(folder, ROOT)).map((name) => `${folder}/${name}`),
  );
  return [...inFolders, ...generatedReadmes()].filter((path) => !(path in pages));
}

if (process.argv[1]?.endsWith('generate-docs.ts')) writeDocs();
