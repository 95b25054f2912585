import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** This package's version, from its package.json. */
export const VERSION = String((manifest as { version: string }).version);

/** Where this package's pages are, from its package.json; null where that names no place. */
export const HOMEPAGE = (manifest as { homepage?: string }).homepage ?? null;
