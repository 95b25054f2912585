import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerPage } from '../http/answer-page.ts';
import { loadPage, type PageFile } from '../page-file.ts';
import { sendText } from './answers.ts';

/** What the browser check page is told, and who else may ask. */
export interface CheckPageOptions {
  /**
   * Base address of a second origin that browsers reach without passing the edge in front of this one, e.g.
   * `https://direct.example.com:8443/`: the page compares both. Null: none.
   */
  compareOrigin: string | null;
  /** Origins of pages that may measure against this one, e.g. `https://app.example.com`: sent as CORS fields. */
  allowOrigin: readonly string[];
}

export const NO_COMPARISON: CheckPageOptions = { compareOrigin: null, allowOrigin: [] };

/** Does a browser ask that wants a page? Whoever names no type, or any, gets the text. */
export function wantsPage(request: IncomingMessage): boolean {
  return /\btext\/html\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers.accept ?? '');
}

/** Answers with the check page, which has what it has to know in a block of data. */
export function createCheckPage({
  compareOrigin,
}: CheckPageOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const connect = ["'self'", ...(compareOrigin === null ? [] : [new URL(compareOrigin).origin])];
  // Read, and put together, when somebody asks for it first; the same object from then on.
  let page: PageFile | null = null;
  return (request, response) => {
    try {
      page ??= withConfig(loadPage('check'), { compareOrigin });
    } catch (error) {
      sendText(response, 503, (error as Error).message);
      return;
    }
    answerPage(request, response, page, connect);
  };
}

function withConfig(page: PageFile, config: { compareOrigin: string | null }): PageFile {
  // No "<" may end the block of data early.
  const json = JSON.stringify(config).replaceAll('<', '\\u003c');
  const block = `<script type="application/json" id="config">${json}</script>`;
  // The first one is the page's own; what looks like a tag further down may be inside of its script.
  return { ...page, html: page.html.replace('<head>', () => `<head>${block}`) };
}

/**
 * Lets pages of these origins read the answers and their times, and no others: the Fetch standard's CORS protocol, and
 * Resource Timing's `Timing-Allow-Origin`. No credentials: the endpoints know none.
 */
export function allowReaders(
  request: IncomingMessage,
  response: ServerResponse,
  { allowOrigin }: CheckPageOptions,
): void {
  if (allowOrigin.length === 0) return;
  response.setHeader('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !allowOrigin.includes(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', '*');
  response.setHeader('Timing-Allow-Origin', origin);
}

/**
 * Reads the base address of a second origin: a slash at the end, no query, no fragment, no user information.
 * @throws RangeError with a sentence that says what was expected
 */
export function readCompareOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!usable || url.search !== '' || url.hash !== '')
    throw new RangeError(`"${text}" is no base address, expected one such as https://direct.example.com/`);
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/**
 * Reads the origin of a page, as browsers write it (RFC 6454 section 6.2).
 * @throws RangeError with a sentence that says what was expected
 */
export function readPageOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '');
  if (!usable) throw new RangeError(`"${text}" is no origin, expected one such as https://app.example.com`);
  return url.origin;
}
