import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowsMethod } from './answers.ts';
import { createParameterReader } from './parameters.ts';

/** Lines, and from one to the next. */
const LINES = 12;
const INTERVAL_MS = 1_000;
/** Pictures of the last lines are waited for so long before the result is written. */
const GRACE_MS = 1_500;
/** Pages of this kind that may be open at a time, of one address and of all. */
export const PLAIN_LIMITS = { pagesPerClient: 20, pages: 200 } as const;
/** A picture that is asked for later than this after its line was sent says that the line was held. */
const LATE_MS = 1_000;

interface OpenPage {
  client: string;
  sentAtMs: number[];
  /** When the picture of a line was asked for first: the moment at which the browser had the line. */
  seenAtMs: (number | undefined)[];
}

const STYLE =
  ':root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}body{max-width:44rem;margin:0 auto;padding:1rem}' +
  'table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid GrayText}' +
  'img{height:1.5em;width:9em;vertical-align:middle}';
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
const POLICY = `default-src 'none'; style-src ${STYLE_HASH}; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const INTRO = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,"><title>unclog: does this stream arrive?</title>
<style>${STYLE}</style></head><body><main><h1>Does this stream arrive?</h1>
<p>This page needs no script. The server sends one line of the table below every second, ${LINES} in all. Each line
carries a picture that your browser asks for as soon as it has the line; it shows how long after the line was sent that was.</p>
<ul><li><strong>Right:</strong> one more line every second, each picture within a fraction of a second.</li>
<li><strong>Held:</strong> nothing for a while, then several lines or all of them at once, with pictures that count
seconds. Something between the server and you collects the answer before it passes it on.</li></ul>
<p>Some products hold event streams and let pages like this one flow, so that a good result here does not clear them.</p>
<table><caption>Lines as they arrive</caption>
<thead><tr><th scope="col">Line</th><th scope="col">Sent (server's clock, UTC)</th><th scope="col">Arrived after</th></tr></thead>
<tbody>
`;

/** The page that shows lateness without a script, and the pictures by which it does. */
export interface PlainPages {
  answerPage(request: IncomingMessage, response: ServerResponse, client: string): void;
  answerPicture(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void;
}

export function createPlainPages(): PlainPages {
  const open = new Map<string, OpenPage>();

  return {
    answerPage(request, response, client) {
      if (!allowsMethod(response, ['GET', 'HEAD'])) return;
      request.resume();
      const own = [...open.values()].filter((page) => page.client === client).length;
      if (own >= PLAIN_LIMITS.pagesPerClient || open.size >= PLAIN_LIMITS.pages) {
        response.writeHead(429, { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '15' });
        response.end('Too many of these pages are open, the most there may be.\n');
        return;
      }
      response.writeHead(200, [
        ...['Content-Type', 'text/html; charset=utf-8', 'Cache-Control', 'no-store'],
        ...['Content-Security-Policy', POLICY, 'X-Content-Type-Options', 'nosniff'],
        ...['Referrer-Policy', 'no-referrer'],
      ]);
      if (request.method === 'HEAD') return void response.end();
      const token = randomBytes(12).toString('base64url');
      const page: OpenPage = { client, sentAtMs: [], seenAtMs: [] };
      open.set(token, page);
      sendLines(response, page, token, () => open.delete(token));
    },
    answerPicture(request, response, query) {
      if (!allowsMethod(response, ['GET', 'HEAD'])) return;
      request.resume();
      const parameters = createParameterReader(query);
      const page = parameters.required('page', parameters.text('page', /^[\w-]{16}$/, 'what the page says'));
      const line = parameters.required('line', parameters.count('line', { min: 1, max: LINES }));
      parameters.refuseOthers();
      const body = picture(noteSeen(open.get(page), line));
      response.writeHead(200, {
        'Content-Type': 'image/svg+xml',
        'Content-Length': Buffer.byteLength(body),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}

/** How long after its line was sent a picture is asked for the first time; null where nobody knows. */
function noteSeen(page: OpenPage | undefined, line: number): number | null {
  const sentAtMs = page?.sentAtMs[line - 1];
  if (page === undefined || sentAtMs === undefined) return null;
  page.seenAtMs[line - 1] ??= performance.now();
  return (page.seenAtMs[line - 1] ?? 0) - sentAtMs;
}

function sendLines(response: ServerResponse, page: OpenPage, token: string, onEnd: () => void): void {
  response.write(INTRO);
  let line = 0;
  const stop = (): void => {
    clearInterval(timer);
    clearTimeout(last);
    onEnd();
  };
  let last: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    line += 1;
    page.sentAtMs.push(performance.now());
    response.write(rowOf(line, token));
    if (line < LINES) return;
    clearInterval(timer);
    last = setTimeout(() => response.end(resultOf(page)), GRACE_MS);
  }, INTERVAL_MS);
  // Both when all was sent and when the client goes.
  response.once('close', stop);
}

function rowOf(line: number, token: string): string {
  const sent = new Date().toISOString().slice(11, 23);
  const source = `plain/picture?page=${token}&amp;line=${line}`;
  return `<tr><th scope="row">${line}</th><td>${sent}</td><td><img src="${source}" alt="(picture)"></td></tr>\n`;
}

function resultOf({ sentAtMs, seenAtMs }: OpenPage): string {
  const late = sentAtMs.map((sent, i) => (seenAtMs[i] ?? Number.NaN) - sent);
  const seen = late.filter((ms) => !Number.isNaN(ms));
  const held = seen.filter((ms) => ms > LATE_MS).length;
  const text =
    seen.length < LINES / 2
      ? `Held, or no pictures: your browser had asked for the pictures of only ${seen.length} of ${LINES} lines when the last one had been sent. If the lines came all at once, something on the way holds this answer back.`
      : held > LINES / 4
        ? `Held: ${held} of ${LINES} lines came more than ${LATE_MS / 1_000} second after they were sent.`
        : 'In time: your browser had each line shortly after it was sent.';
  return `</tbody></table><h2>Result</h2><p>${text}</p><p><a href="./">Back to the check with script</a></p></main></body></html>\n`;
}

function picture(afterMs: number | null): string {
  const isLate = afterMs !== null && afterMs > LATE_MS;
  const time = afterMs === null ? 'unknown' : `${(afterMs / 1_000).toFixed(2)} s`;
  const text = afterMs === null ? time : `${isLate ? 'late' : 'ok'}: ${time}`;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" width="144" height="24" viewBox="0 0 144 24">' +
    '<style>text{font:16px system-ui,sans-serif;fill:#1a1d21}@media(prefers-color-scheme:dark){text{fill:#eceef1}}</style>' +
    `<text x="0" y="18">${text}</text></svg>`
  );
}
