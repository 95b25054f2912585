import type { BackendGuide } from '../guide.ts';

/** Node and the frameworks built on it. */
export const JAVASCRIPT_BACKENDS: readonly BackendGuide[] = [
  {
    id: 'express',
    name: 'Express and plain Node',
    question: 'Why does Express send my server-sent events only at the end?',
    language: 'js',
    code: `function stream(req, res) {
  res.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
    Incremental: '?1',
  });
  res.write(':\\n\\n'); // the head goes out with it
  const beat = setInterval(() => res.write(': keep-alive\\n\\n'), 15_000);
  const stop = source((item) => res.write(\`data: \${JSON.stringify(item)}\\n\\n\`));
  res.on('close', () => { clearInterval(beat); stop(); });
}`,
    pitfalls: [
      'compression() keeps the whole stream in zlib unless Cache-Control says no-transform, a filter leaves it out, or res.flush() follows every write.',
      'writeHead alone sends nothing: Node waits for the first write, or for res.flushHeaders().',
      'Listen to close of the response, not to end of the request: that comes at once for a GET.',
    ],
    doesNothing: [
      "'Connection: keep-alive' in the head: it is the default.",
      "'Transfer-Encoding: chunked' by hand: Node sets it where the protocol allows it.",
    ],
    products: ['express-compression', 'node-dev-proxy', 'nginx'],
    tried: { version: 'Node 20', date: '2026-11-22' },
    sources: [
      'https://nodejs.org/api/http.html#responseflushheaders',
      'https://github.com/expressjs/compression#server-sent-events',
    ],
  },
  {
    id: 'nextjs',
    name: 'Next.js and the Vercel AI SDK',
    question:
      'Why does streaming work in development and not behind Next.js rewrites, or the other way round?',
    language: 'ts',
    code: `export const dynamic = 'force-dynamic';

export async function GET(request: Request) {
  const upstream = await fetch(process.env.BACKEND + '/stream', { signal: request.signal });
  return new Response(upstream.body, {
    headers: {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    },
  });
}`,
    pitfalls: [
      'rewrites() pass the answer through the compression of Next.js: browsers, which accept gzip, get it at the end. A route handler with no-transform, as above, or compress: false.',
      'A handler that awaits its whole work before it returns the Response sends nothing before: return first, write then.',
      'AI SDK behind a compressing proxy: headers: { "Content-Encoding": "none" } on the stream response.',
      'On Vercel a function ends at maxDuration, busy or not.',
    ],
    doesNothing: ["dynamic = 'force-dynamic' against compression: it is about rendering ahead."],
    products: ['nextjs', 'vercel', 'node-dev-proxy'],
    sources: [
      'https://nextjs.org/docs/app/api-reference/config/next-config-js/compress',
      'https://v4.ai-sdk.dev/docs/troubleshooting/streaming-not-working-when-proxied',
      'https://github.com/vercel/next.js/issues/9965',
    ],
  },
  {
    id: 'mcp',
    name: 'MCP servers (Streamable HTTP and SSE)',
    question: 'Why does my MCP server time out behind nginx or an ingress?',
    language: 'http',
    code: `HTTP/1.1 200 OK
Content-Type: text/event-stream
Cache-Control: no-cache, no-transform
X-Accel-Buffering: no
Mcp-Session-Id: …

: open`,
    pitfalls: [
      'Several SDKs omit X-Accel-Buffering: no; a proxy built on nginx then keeps the head and the first messages, and clients give up. The specification says that answers which open a stream SHOULD carry it.',
      'A GET without a session, or without Accept: text/event-stream, is answered 400, 405 or 406: that is no hold.',
      'A comment at once and one every 15 s keeps the head and the connection moving while a tool works.',
    ],
    doesNothing: ['A longer client timeout, when nothing has come yet because a proxy keeps the head.'],
    products: ['nginx', 'ingress-nginx', 'cloudflare'],
    sources: [
      'https://github.com/modelcontextprotocol/modelcontextprotocol/pull/1644',
      'https://github.com/modelcontextprotocol/java-sdk/issues/293',
      'https://github.com/modelcontextprotocol/typescript-sdk/pull/2541',
    ],
  },
  {
    id: 'bun',
    name: 'Bun',
    question: 'Why does Bun close my event stream after 10 seconds?',
    language: 'ts',
    code: `Bun.serve({
  fetch(request, server) {
    server.timeout(request, 0); // the default ends a connection that is quiet for 10 s
    return new Response(events(), {
      headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' },
    });
  },
});`,
    pitfalls: ['Without server.timeout, a heartbeat below 10 s.'],
    doesNothing: ['Connection: keep-alive: it is no timer.'],
    products: ['bun'],
    sources: ['https://bun.com/guides/http/sse'],
  },
];
