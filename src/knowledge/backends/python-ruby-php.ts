import type { BackendGuide } from '../guide.ts';

/** Frameworks of Python, Ruby and PHP. */
export const SCRIPT_BACKENDS: readonly BackendGuide[] = [
  {
    id: 'fastapi',
    name: 'FastAPI and Starlette',
    question: 'How do I send server-sent events from FastAPI so that no proxy holds them?',
    language: 'python',
    code: `from fastapi.responses import StreamingResponse

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no", "Incremental": "?1"}

@app.get("/stream")
async def stream():
    async def events():
        yield ":\\n\\n"  # the head goes out with the first byte
        async for item in source():
            yield f"data: {item}\\n\\n"  # one event, one yield
    return StreamingResponse(events(), media_type="text/event-stream", headers=HEADERS)`,
    pitfalls: [
      'Blocking calls (time.sleep, requests) inside of async def stop every stream of the process: await, or write def instead of async def.',
      'BaseHTTPMiddleware and middleware that reads the body see a stream as a whole: write plain ASGI middleware for it.',
      'GZipMiddleware of older versions compresses event streams without flushing, and NDJSON still: leave the route out.',
      'A whole example with heartbeat and a client that leaves: `examples/fastapi/main.py`.',
    ],
    doesNothing: ['await asyncio.sleep(0) after each yield: each yield is sent at once already.'],
    products: ['starlette', 'gunicorn', 'nginx'],
    tried: { version: 'FastAPI and Uvicorn of Debian 12', date: '2026-11-22' },
    sources: [
      'https://fastapi.tiangolo.com/advanced/custom-response/#streamingresponse',
      'https://www.starlette.io/responses/#streamingresponse',
    ],
  },
  {
    id: 'flask',
    name: 'Flask',
    question: 'Why does Flask send my generator in one piece?',
    language: 'python',
    code: `@app.get("/stream")
def stream():
    def events():
        yield ":\\n\\n"
        for item in source():
            yield f"data: {item}\\n\\n"
    headers = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
    return Response(stream_with_context(events()), mimetype="text/event-stream", headers=headers)`,
    pitfalls: [
      'Flask-Compress reads the whole generator in many versions: take text/event-stream out of COMPRESS_MIMETYPES.',
      'One sync worker serves one stream and nothing else: gunicorn -k gevent, or --threads.',
    ],
    doesNothing: ['stream_with_context() against a held stream: it only keeps the request context.'],
    products: ['flask', 'gunicorn', 'uwsgi', 'nginx'],
    sources: ['https://flask.palletsprojects.com/en/stable/patterns/streaming/'],
  },
  {
    id: 'django',
    name: 'Django',
    question: 'Why is StreamingHttpResponse in Django buffered?',
    language: 'python',
    code: `async def stream(request):
    async def events():
        yield ":\\n\\n"
        async for item in source():
            yield f"data: {item}\\n\\n"
    response = StreamingHttpResponse(events(), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    response["Content-Encoding"] = "identity"  # keeps GZipMiddleware away
    return response`,
    pitfalls: [
      'GZipMiddleware compresses streaming responses and does not flush each piece.',
      'Under ASGI a synchronous iterator is read to its end before the first byte: give it an asynchronous one. Under WSGI it is the other way round.',
      'gunicorn with sync workers ends a stream after 30 s and serves one reader per worker.',
    ],
    doesNothing: ['response.flush(): the response is not the connection.'],
    products: ['django', 'gunicorn', 'uwsgi', 'nginx'],
    sources: ['https://docs.djangoproject.com/en/stable/ref/request-response/#streaminghttpresponse-objects'],
  },
  {
    id: 'rails',
    name: 'Rails',
    question: 'Why does ActionController::Live deliver all events at the end?',
    language: 'ruby',
    code: `class StreamController < ActionController::Base
  include ActionController::Live

  def show
    response.headers["Content-Type"] = "text/event-stream"
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["Last-Modified"] = Time.now.httpdate # keeps Rack::ETag from reading the stream
    sse = SSE.new(response.stream)
    source.each { |item| sse.write(item) }
  ensure
    sse&.close
  end
end`,
    pitfalls: [
      'Rack::ETag of some versions (Rack 2.2) reads the whole body unless Last-Modified or ETag is set.',
      'Rack::Deflater with sync: false holds.',
      'Each stream takes a thread of Puma: raise threads, or stream from a process of its own.',
    ],
    doesNothing: [
      'self.response_body with an Enumerator in place of Live, behind Rack::ETag: it is read as well.',
    ],
    products: ['rack', 'nginx'],
    sources: [
      'https://api.rubyonrails.org/classes/ActionController/Live.html',
      'https://github.com/rack/rack/blob/main/lib/rack/etag.rb',
    ],
  },
  {
    id: 'php',
    name: 'PHP, Laravel, Symfony',
    question: 'Why does PHP send my event stream in one block?',
    language: 'php',
    code: `<?php
session_write_close();
set_time_limit(0);
header('Content-Type: text/event-stream');
header('Cache-Control: no-cache, no-transform');
header('X-Accel-Buffering: no');
ini_set('zlib.output_compression', '0');
while (ob_get_level() > 0) { ob_end_flush(); }
ob_implicit_flush(true);
echo ":\\n\\n";
foreach (source() as $item) {
    echo "data: {$item}\\n\\n";
    if (connection_aborted()) { break; }
}`,
    pitfalls: [
      'output_buffering (4096 in many packages) and zlib.output_compression collect before flush() sees a byte.',
      'An open session locks every other request of the same reader: session_write_close() first.',
      'Behind nginx it is fastcgi_buffering that counts, not proxy_buffering; behind Apache flushpackets=on of mod_proxy_fcgi.',
      'Laravel: response()->eventStream() or response()->stream() with the same lines; Symfony: StreamedResponse.',
    ],
    doesNothing: [
      'flush() alone, while an output buffer of PHP is on.',
      'str_repeat(" ", 4096) after every event: it fills one buffer and is compressed away by the next.',
    ],
    products: ['php-fpm', 'apache', 'nginx'],
    sources: [
      'https://www.php.net/manual/en/outcontrol.configuration.php',
      'https://laravel.com/docs/responses#event-streams',
    ],
  },
];
