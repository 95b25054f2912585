// Documented, not reproduced: without streamifyResponse the runtime collects what is written, whatever the URL says.
import { setTimeout as sleep } from 'node:timers/promises';

export const handler = globalThis.awslambda.streamifyResponse(async (event, responseStream, context) => {
  const stream = globalThis.awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform' },
  });
  // The first byte at once: the head leaves with it.
  stream.write(': hello\n\n');
  const lastId = Number(event.headers?.['last-event-id'] ?? 0);
  // End it before the platform does, with time to say so: the client comes back with Last-Event-ID.
  for (let id = lastId + 1; context.getRemainingTimeInMillis() > 5_000; id++) {
    stream.write(`id: ${id}\ndata: {}\n\n`);
    await sleep(1_000);
  }
  stream.end();
});
