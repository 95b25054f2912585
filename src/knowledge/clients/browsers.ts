import type { ClientGuide } from '../guide.ts';

const MDN = 'https://developer.mozilla.org/en-US/docs/Web/API/EventSource';
const READ = 'documented, not reproduced';

/** What reads a stream inside a browser. */
export const BROWSER_CLIENTS: readonly ClientGuide[] = [
  {
    id: 'eventsource',
    name: 'EventSource',
    question: 'Why does my EventSource receive nothing?',
    language: 'js',
    mistakes: [
      {
        symptom: 'The stream flows in the network tab, and onmessage is never called',
        wrong: 'source.onmessage = (event) => show(event.data); // events have `event: token`',
        right: "source.addEventListener('token', (event) => show(event.data));",
        why: 'Events with a name go to listeners of that name only; onmessage gets those without one, and those named message.',
        standing: READ,
      },
      {
        symptom: 'The first six tabs work, the seventh stays pending',
        right:
          "const worker = new SharedWorker('/stream-worker.js'); // one EventSource for all tabs\nworker.port.onmessage = ({ data }) => show(data);",
        why: 'Over HTTP/1.1 a browser opens six connections to a host, over all tabs. HTTP/2 lifts the limit to about 100 streams.',
        looksLike: ['http-1-connection-limit'],
        standing: READ,
      },
      {
        symptom: 'readyState stays 0 (CONNECTING) until the first event',
        right: "res.write(':\\n\\n'); // at the server, right after the head",
        why: 'Something on the way keeps the response head until the first byte of the body; the open event comes with the head.',
        looksLike: ['head-held'],
        standing: READ,
      },
      {
        symptom: 'An error at once on another origin, or a request without cookies',
        wrong: "new EventSource('https://api.example/stream');",
        right: "new EventSource('https://api.example/stream', { withCredentials: true });",
        why: 'Cookies go along only with withCredentials, and then the answer needs Access-Control-Allow-Credentials: true and the exact origin in Access-Control-Allow-Origin, not *.',
        standing: READ,
      },
      {
        symptom: 'It gives up after an error instead of connecting again',
        right:
          'source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(open, 3000); };',
        why: 'A status other than 200, a wrong content type, or 204 end it for good; only a broken connection is retried by itself.',
        looksLike: ['http-status', 'wrong-content-type'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the address that the page uses, with the same headers (`-H "Origin: …"`, the cookie). Then open the developer tools, network, the request, EventStream: events that are listed there have reached the browser.',
    doesNothing: [
      'Padding or X-Accel-Buffering: no, when the events show in the EventStream list: they are there already.',
      'An Authorization header: EventSource cannot send one. Use a cookie, or a fetch reader.',
    ],
    sources: [
      MDN,
      'https://developer.mozilla.org/en-US/docs/Web/API/Server-sent_events/Using_server-sent_events',
      'https://html.spec.whatwg.org/multipage/server-sent-events.html',
    ],
  },
  {
    id: 'axios',
    name: 'axios',
    question: 'Why does axios deliver my stream only at the end in the browser?',
    language: 'js',
    mistakes: [
      {
        symptom: 'Everything comes when the stream ends, or never',
        wrong: "const { data } = await axios.get('/stream', { responseType: 'stream' });",
        right:
          "const { data } = await axios.get('/stream', { responseType: 'stream', adapter: 'fetch' });\nconst reader = data.pipeThrough(new TextDecoderStream()).getReader();\nfor (;;) {\n  const { done, value } = await reader.read();\n  if (done) break;\n  show(value);\n}",
        why: 'In a browser axios uses XMLHttpRequest, which hands over a finished body; responseType "stream" exists only in Node. The fetch adapter (axios 1.7 and newer) streams.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'In Node: the whole text at the end',
        wrong: 'const { data } = await axios.get(url);',
        right:
          "const { data } = await axios.get(url, { responseType: 'stream' });\ndata.on('data', (piece) => parser.feed(piece.toString()));",
        why: 'Without responseType "stream" axios collects the body; with a timeout it also ends it.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address, and a fetch reader in the same page shows events as they come.',
    doesNothing: [
      'onDownloadProgress for parsing events: it is called when the browser likes, with all text so far.',
    ],
    sources: ['https://axios-http.com/docs/req_config', 'https://github.com/axios/axios/issues/479'],
  },
  {
    id: 'xhr',
    name: 'XMLHttpRequest, jQuery, Angular HttpClient',
    question: 'Why does my Angular or XMLHttpRequest stream arrive all at once?',
    language: 'js',
    mistakes: [
      {
        symptom: 'One answer at the end',
        wrong: "http.get('/stream', { responseType: 'text' }).subscribe(show);",
        right:
          "const response = await fetch('/stream', { headers: { Accept: 'text/event-stream' } });\nfor await (const text of response.body.pipeThrough(new TextDecoderStream())) parser.feed(text);",
        why: 'These wait for the end of the body. fetch gives the body as it comes.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address.',
    doesNothing: [
      'reportProgress: true as a parser: it repeats all the text so far, when the browser likes.',
    ],
    sources: [
      'https://developer.mozilla.org/en-US/docs/Web/API/XMLHttpRequest/responseText',
      'https://angular.dev/guide/http/making-requests',
    ],
  },
  {
    id: 'address-bar',
    name: 'A stream in the address bar',
    question: 'Why does my stream show nothing when I open its address in a browser?',
    language: 'http',
    mistakes: [
      {
        symptom: 'curl shows events, the tab stays empty for the first kilobyte',
        wrong: 'Content-Type: text/plain',
        right: 'Content-Type: text/event-stream\nX-Content-Type-Options: nosniff',
        why: 'A browser collects the first bytes (512 to 1445) of a page whose type it is not sure of, to guess it.',
        looksLike: ['held-initially', 'wrong-content-type'],
        standing: READ,
      },
      {
        symptom: 'Safari paints a streamed HTML page late',
        right: '<!-- 512 characters of visible text in the first piece -->',
        why: 'WebKit paints a document only when it has enough text to show. EventSource and fetch are not affected.',
        standing: READ,
      },
    ],
    sure: 'Read the stream with EventSource or fetch in place of the address bar: events come at once.',
    doesNothing: ['Changing a proxy: the bytes are in the browser already.'],
    sources: [
      'https://mimesniff.spec.whatwg.org/#reading-the-resource-header',
      'https://github.com/sanic-org/sanic/issues/934',
      'https://bugs.webkit.org/show_bug.cgi?id=265386#c5',
    ],
  },
];
