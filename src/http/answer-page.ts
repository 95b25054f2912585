import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { PageFile } from '../page-file.ts';

const packed = new WeakMap<PageFile, Map<string, Buffer>>();

/**
 * Answers `GET` and `HEAD` with a page, compressed if the client takes that, under the strictest policy it works with:
 * no frame may hold it, no other site learns where its reader came from, and no cache keeps it.
 * @param page is compressed once for as long as the same object is given
 * @param connect what the page may connect to, for its Content-Security-Policy; default nothing
 */
export function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  page: PageFile,
  connect: readonly string[] = [],
): void {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const coding = acceptedCoding(request.headers['accept-encoding'] ?? '');
  const body = packOnce(page, coding);
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    ...(coding === 'identity' ? {} : { 'Content-Encoding': coding }),
    Vary: 'Accept, Accept-Encoding',
    'Content-Security-Policy': `${page.policy(connect)}; frame-ancestors 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    // A hop that adds to the page or rewrites it makes its script differ from the hash that the policy allows.
    'Cache-Control': 'no-store, no-transform',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

type Coding = 'br' | 'gzip' | 'identity';

/** RFC 9110 section 12.5.3, of which `q=0` is the only weight that matters here. */
function acceptedCoding(field: string): Coding {
  const accepted = field
    .toLowerCase()
    .split(',')
    .filter((item) => !/;\s*q=0(\.0*)?\s*$/.test(item))
    .map((item) => item.split(';')[0]?.trim());
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : 'identity';
}

function packOnce(page: PageFile, coding: Coding): Buffer {
  const bodies = packed.get(page) ?? new Map<string, Buffer>();
  packed.set(page, bodies);
  const body = bodies.get(coding) ?? pack(page.html, coding);
  bodies.set(coding, body);
  return body;
}

function pack(html: string, coding: Coding): Buffer {
  // The best takes a second, for which a gateway in this process would stand still.
  if (coding === 'br') return brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  return coding === 'gzip' ? gzipSync(html) : Buffer.from(html);
}
