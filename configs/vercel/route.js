// Documented, not reproduced: app/stream/route.js. A function that returns a stream as the body streams by itself.
export const dynamic = 'force-dynamic';
// Seconds. It ends every stream, busy or not; the plan says how much is allowed.
export const maxDuration = 800;

// End the stream before the platform does: the client comes back with Last-Event-ID.
const LAST_MS = (maxDuration - 10) * 1_000;

export function GET(request) {
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
}
