// Documented, not reproduced: netlify/functions/stream.mjs. The old form, exports.handler, hands over one finished body.
export const config = { path: '/stream' };

// Functions end after 60 s, busy or not: end the stream before, the client comes back with Last-Event-ID.
const LAST_MS = 50_000;

export default (request) => {
  const encoder = new TextEncoder();
  const startedMs = performance.now();
  let id = Number(request.headers.get('last-event-id') ?? 0);
  let timer;
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(': hello\n\n'));
      timer = setInterval(() => {
        if (performance.now() - startedMs < LAST_MS)
          return controller.enqueue(encoder.encode(`id: ${++id}\ndata: {}\n\n`));
        clearInterval(timer);
        controller.close();
      }, 1_000);
    },
    cancel: () => clearInterval(timer),
  });
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform' },
  });
};
