import type { ClientGuide } from '../guide.ts';

const READ = 'documented, not reproduced';

/** Clients of compiled languages and of phones. */
export const COMPILED_CLIENTS: readonly ClientGuide[] = [
  {
    id: 'okhttp',
    name: 'OkHttp and Retrofit (Android, Java, Kotlin)',
    question: 'Why does OkHttp deliver my event stream only at the end?',
    language: 'kotlin',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends',
        wrong: 'val text = client.newCall(request).execute().body!!.string()',
        right:
          'val source = EventSources.createFactory(client).newEventSource(request, listener) // okhttp-sse',
        why: 'string() and bytes() read to the end. With Retrofit the method needs @Streaming.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'Fine without logging, held with it',
        wrong: 'HttpLoggingInterceptor().setLevel(HttpLoggingInterceptor.Level.BODY)',
        right: 'HttpLoggingInterceptor().setLevel(HttpLoggingInterceptor.Level.HEADERS)',
        why: 'At level BODY the interceptor reads the whole body in order to print it.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'SocketTimeoutException after 10 quiet seconds',
        right: 'client.newBuilder().readTimeout(0, TimeUnit.SECONDS).build()',
        why: 'The read timeout is 10 s by default and counts between two bytes.',
        looksLike: ['cut-when-idle'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address.',
    doesNothing: ['callTimeout alone: it is 0 already.'],
    sources: [
      'https://square.github.io/okhttp/5.x/okhttp-sse/okhttp3.sse/',
      'https://square.github.io/okhttp/features/calls/',
    ],
  },
  {
    id: 'spring-webclient',
    name: 'Spring WebClient and RestClient',
    question: 'Why does WebClient hand my event stream over in one piece?',
    language: 'java',
    mistakes: [
      {
        symptom: 'One value at the end, or DataBufferLimitException',
        wrong: 'client.get().uri(url).retrieve().bodyToMono(String.class)',
        right:
          'client.get().uri(url).accept(MediaType.TEXT_EVENT_STREAM).retrieve()\n    .bodyToFlux(new ParameterizedTypeReference<ServerSentEvent<String>>() {})',
        why: 'A Mono is one value: the body is collected for it. A Flux gets each event.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'RestTemplate or RestClient: nothing until the end',
        wrong: 'restTemplate.getForObject(url, String.class)',
        right:
          'restTemplate.execute(url, HttpMethod.GET, null, response -> { read(response.getBody()); return null; });',
        why: 'Message converters read the whole body; a ResponseExtractor gets the stream.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address.',
    doesNothing: ['maxInMemorySize: it only moves the point at which collecting fails.'],
    sources: ['https://docs.spring.io/spring-framework/reference/web/webflux-webclient/client-retrieve.html'],
  },
  {
    id: 'java-httpclient',
    name: 'java.net.http.HttpClient',
    question: 'Why does the Java HttpClient wait for the end of my stream?',
    language: 'java',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends',
        wrong: 'client.send(request, HttpResponse.BodyHandlers.ofString()).body()',
        right: 'client.send(request, HttpResponse.BodyHandlers.ofLines()).body().forEach(this::show)',
        why: 'ofString collects; ofLines and ofInputStream hand over what has come.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address.',
    doesNothing: ['HttpRequest.timeout: it ends with the response head.'],
    sources: [
      'https://docs.oracle.com/en/java/javase/17/docs/api/java.net.http/java/net/http/HttpResponse.BodyHandlers.html',
    ],
  },
  {
    id: 'go',
    name: 'Go net/http',
    question: 'Why does my Go client read an event stream late, or stop after its timeout?',
    language: 'go',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends',
        wrong: 'body, err := io.ReadAll(response.Body)',
        right: 'scanner := bufio.NewScanner(response.Body)\nfor scanner.Scan() {\n\tshow(scanner.Text())\n}',
        why: 'ReadAll waits for the end. A Scanner hands over each line; lines above 64 KiB need scanner.Buffer.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'The stream ends after exactly the time in Client.Timeout',
        wrong: 'client := &http.Client{Timeout: 30 * time.Second}',
        right: 'client := &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: 30 * time.Second}}',
        why: 'Client.Timeout counts until the body has been read, busy or not.',
        looksLike: ['cut-by-age'],
        standing: READ,
      },
    ],
    sure: 'The probe goes on beyond the time at which the client stops.',
    doesNothing: ['IdleConnTimeout: it is for connections without a request.'],
    sources: ['https://pkg.go.dev/net/http#Client', 'https://pkg.go.dev/bufio#Scanner'],
  },
  {
    id: 'dotnet',
    name: '.NET HttpClient',
    question: 'Why does HttpClient in .NET buffer my event stream?',
    language: 'csharp',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends, or a TaskCanceledException after 100 s',
        wrong: 'var response = await client.GetAsync(url);',
        right:
          'var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);\nusing var reader = new StreamReader(await response.Content.ReadAsStreamAsync());\nwhile (await reader.ReadLineAsync() is { } line) Show(line);',
        why: 'GetAsync reads the body before it returns unless ResponseHeadersRead says otherwise. HttpClient.Timeout (100 s) counts that reading too.',
        looksLike: ['held-until-close', 'cut-by-age'],
        standing: READ,
      },
      {
        symptom: 'Blazor WebAssembly: still at the end',
        right: 'request.SetBrowserResponseStreamingEnabled(true);',
        why: 'In a browser the answer is collected unless the request asks for streaming.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address.',
    doesNothing: ['A larger MaxResponseContentBufferSize: it is the size of the collection.'],
    sources: [
      'https://learn.microsoft.com/en-us/dotnet/api/system.net.http.httpcompletionoption',
      'https://learn.microsoft.com/en-us/aspnet/core/blazor/call-web-api',
    ],
  },
  {
    id: 'flutter',
    name: 'Flutter and Dart',
    question: 'Why does my Flutter app receive the stream only at the end?',
    language: 'dart',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends',
        wrong: 'final response = await http.get(Uri.parse(url));',
        right:
          "final request = http.Request('GET', Uri.parse(url))..headers['Accept'] = 'text/event-stream';\nfinal response = await client.send(request);\nresponse.stream.transform(utf8.decoder).transform(const LineSplitter()).listen(show);",
        why: 'get() collects; send() gives a StreamedResponse.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'Works on a phone, not on the web',
        right: 'final client = FetchClient(mode: RequestMode.cors); // package fetch_client',
        why: 'The browser client of older package:http versions is made of XMLHttpRequest, which collects.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address.',
    doesNothing: ['dio with ResponseType.plain: it collects; ResponseType.stream does not.'],
    sources: [
      'https://pub.dev/documentation/http/latest/http/Client/send.html',
      'https://pub.dev/packages/fetch_client',
    ],
  },
];
