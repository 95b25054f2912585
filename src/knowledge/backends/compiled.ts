import type { BackendGuide } from '../guide.ts';

/** Go, Java and .NET. */
export const COMPILED_BACKENDS: readonly BackendGuide[] = [
  {
    id: 'go',
    name: 'Go net/http',
    question: 'Why does Go hold my event stream until the handler returns?',
    language: 'go',
    code: `func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	w.Header().Set("X-Accel-Buffering", "no")
	flusher := w.(http.Flusher)
	flusher.Flush() // the head, before the first event
	for {
		select {
		case <-r.Context().Done():
			return
		case item := <-source():
			fmt.Fprintf(w, "data: %s\\n\\n", item)
			flusher.Flush()
		}
	}
}`,
    pitfalls: [
      'Without Flush net/http waits until some kilobytes have come together.',
      'Server.WriteTimeout counts the whole answer: leave it 0, or use http.ResponseController.SetWriteDeadline per write (Go 1.20).',
      'Middleware that wraps the ResponseWriter must pass Flush on, or implement Unwrap.',
      'A whole example: `examples/go/main.go`.',
    ],
    doesNothing: ['A larger buffer in bufio.NewWriter: it is one more place that collects.'],
    products: ['nginx', 'caddy', 'traefik'],
    tried: { version: 'Go 1.19', date: '2026-11-22' },
    sources: ['https://pkg.go.dev/net/http#Flusher', 'https://pkg.go.dev/net/http#ResponseController'],
  },
  {
    id: 'spring',
    name: 'Spring MVC and WebFlux',
    question: 'Why does SseEmitter end after 30 seconds, or Spring hold my Flux?',
    language: 'java',
    code: `@GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
ResponseEntity<Flux<ServerSentEvent<String>>> stream() {
  Flux<ServerSentEvent<String>> beat = Flux.interval(Duration.ofSeconds(15))
      .map(n -> ServerSentEvent.<String>builder().comment("keep-alive").build());
  Flux<ServerSentEvent<String>> events = source().map(item -> ServerSentEvent.builder(item).build());
  return ResponseEntity.ok()
      .header("Cache-Control", "no-cache, no-transform")
      .header("X-Accel-Buffering", "no")
      .body(Flux.merge(events, beat));
}`,
    pitfalls: [
      'Spring MVC: new SseEmitter(0L). Without a time-out of its own an emitter ends after that of Tomcat, 30 s.',
      'Spring Cloud Gateway flushes the media types it lists as streaming only.',
      'A filter that wraps the response (ShallowEtagHeaderFilter, ContentCachingResponseWrapper) collects it.',
      'server.compression.mime-types must not name text/event-stream.',
    ],
    doesNothing: ['server.tomcat.connection-timeout: it is for the request line and head.'],
    products: ['tomcat', 'spring-cloud-gateway', 'nginx'],
    sources: [
      'https://docs.spring.io/spring-framework/reference/web/webmvc/mvc-ann-async.html',
      'https://tomcat.apache.org/tomcat-10.1-doc/config/http.html',
    ],
  },
  {
    id: 'aspnet',
    name: 'ASP.NET Core',
    question: 'Why are server-sent events from ASP.NET Core buffered under IIS?',
    language: 'csharp',
    code: `app.MapGet("/stream", async (HttpContext context, CancellationToken stop) =>
{
    context.Response.ContentType = "text/event-stream";
    context.Response.Headers.CacheControl = "no-cache, no-transform";
    context.Response.Headers["X-Accel-Buffering"] = "no";
    context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    await context.Response.Body.FlushAsync(stop);
    await foreach (var item in Source(stop))
    {
        await context.Response.WriteAsync($"data: {item}\\n\\n", stop);
        await context.Response.Body.FlushAsync(stop);
    }
});`,
    pitfalls: [
      'IIS out of process and old modules are one event behind, or collect up to responseBufferLimit.',
      'UseResponseCompression with text/event-stream in MimeTypes compresses it.',
      'YARP ends a request that is quiet for ActivityTimeout (100 s).',
    ],
    doesNothing: ['Response.StartAsync() alone: it sends the head.'],
    products: ['iis-arr', 'yarp'],
    sources: [
      'https://learn.microsoft.com/en-us/aspnet/core/performance/response-compression',
      'https://github.com/aspnet/IISIntegration/issues/268',
    ],
  },
];
