import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Intermediary } from '../../src/knowledge/intermediary.ts';
import { NOTE } from './markdown.ts';

const ROOT = new URL('../../', import.meta.url);

/** Files that are written for people, or are no configuration. */
const NOT_LISTED: ReadonlySet<string> = new Set(['README.md']);

/** How the code of a file is highlighted, by its extension. */
const LANGUAGES: Readonly<Record<string, string>> = {
  '.tf': 'hcl',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
  '.js': 'js',
  '.mjs': 'js',
  '.sh': 'sh',
  '.xml': 'xml',
  '.config': 'xml',
  '.toml': 'toml',
  '.vcl': 'vcl',
};

/** The configurations of a product that this repository has, by path from its root. */
export function configFiles(product: Pick<Intermediary, 'id' | 'folders'>): string[] {
  const folders = [`configs/${product.id}`, ...(product.folders ?? [])];
  return folders.filter((folder) => existsSync(new URL(folder, ROOT))).flatMap(filesIn);
}

function filesIn(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_LISTED.has(entry.name))
    .map(({ name }) => `${folder}/${name}`)
    .sort();
}

/** The text of a file, and the language of its fence. */
export function configText(path: string): { text: string; language: string } {
  const text = readFileSync(new URL(path, ROOT), 'utf8').trimEnd();
  return { text, language: LANGUAGES[extname(path)] ?? 'text' };
}

/** Generated pages in the folders of `configs/`, by path from the root. */
export function generatedReadmes(): string[] {
  return readdirSync(new URL('configs', ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `configs/${name}/README.md`)
    .filter((path) => existsSync(new URL(path, ROOT)))
    .filter((path) => readFileSync(new URL(path, ROOT), 'utf8').startsWith(NOTE));
}
