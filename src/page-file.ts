import { readFileSync } from 'node:fs';

/** The pages that `npm run build` makes of src/pages. */
export type PageName = 'check' | 'demo' | 'report';

/** A page as one file: script and style are in it. */
export interface PageFile {
  html: string;
  /**
   * Value of `Content-Security-Policy` that lets this page's own script and style run and nothing else.
   * @param connect what the page may open connections to, such as `'self'` or `http://127.0.0.1:8081`; default nothing
   * @see https://www.w3.org/TR/CSP3/
   */
  policy(connect?: readonly string[]): string;
}

const BUILT = new URL('../dist/pages/', import.meta.url);
const loaded = new Map<PageName, PageFile>();

/**
 * Reads a built page, once.
 * @throws Error where `npm run build` has not been run in a checkout
 */
export function loadPage(name: PageName): PageFile {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const page = readPage(name);
  loaded.set(name, page);
  return page;
}

function readPage(name: PageName): PageFile {
  let html: string;
  let hashes: { scripts: string[]; styles: string[] };
  try {
    html = readFileSync(new URL(`${name}.html`, BUILT), 'utf8');
    hashes = JSON.parse(readFileSync(new URL('pages.json', BUILT), 'utf8'))[name];
  } catch (cause) {
    throw new Error(`dist/pages/${name}.html is missing; run \`npm run build\` in the checkout first`, {
      cause,
    });
  }
  const { scripts, styles } = hashes;
  return {
    html,
    policy: (connect = []) =>
      [
        "default-src 'none'",
        `script-src ${scripts.join(' ')}`,
        `style-src ${styles.length === 0 ? "'none'" : styles.join(' ')}`,
        `connect-src ${connect.length === 0 ? "'none'" : connect.join(' ')}`,
        'img-src data:',
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; '),
  };
}
