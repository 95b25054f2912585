/** This package's version: that of package.json, which a test compares. Written out, since a page has no files to read. */
export const VERSION = '0.1.0';

/** Where this package's pages are; null while package.json names no homepage. */
export const HOMEPAGE: string | null = null;
