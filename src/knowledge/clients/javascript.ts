import type { ClientGuide } from '../guide.ts';

const READ = 'documented, not reproduced';
const RUN = 'tested here';

/** fetch and what is built on it, in Node and in browsers. */
export const JAVASCRIPT_CLIENTS: readonly ClientGuide[] = [
  {
    id: 'fetch',
    name: 'fetch (browsers, Node, Deno, Bun)',
    question: 'Why does fetch give me the whole stream at the end?',
    language: 'js',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends, then everything',
        wrong: 'const response = await fetch(URL);\nshow(await response.text());',
        right:
          'const response = await fetch(URL);\nconst decoder = new TextDecoder();\nfor await (const piece of response.body) show(decoder.decode(piece, { stream: true }));',
        why: 'text(), json() and arrayBuffer() wait for the end of the body; reading response.body does not.',
        looksLike: ['held-until-close'],
        standing: RUN,
      },
      {
        symptom: 'Letters outside of ASCII come as question marks now and then',
        wrong: 'show(new TextDecoder().decode(piece));',
        right: 'show(decoder.decode(piece, { stream: true })); // one decoder for the whole stream',
        why: 'A piece may end in the middle of a character; a decoder with { stream: true } keeps its first bytes for the next piece.',
        looksLike: ['events-rewritten'],
        standing: READ,
      },
      {
        symptom: 'JSON.parse fails on some events',
        wrong: "for (const line of text.split('\\n\\n')) handle(JSON.parse(line.slice(6)));",
        right:
          "import { createParser } from 'eventsource-parser';\nconst parser = createParser({ onEvent: (event) => handle(JSON.parse(event.data)) });\nparser.feed(text);",
        why: 'A piece is what the network brought, not an event: it may hold half of one, or three. A parser keeps the rest.',
        standing: READ,
      },
      {
        symptom: 'Node: "terminated" or "BodyTimeoutError" after five quiet minutes',
        right:
          "import { Agent, fetch } from 'undici';\nconst response = await fetch(url, { dispatcher: new Agent({ bodyTimeout: 0 }) });",
        why: 'The fetch of Node ends a body that is quiet for bodyTimeout (300 s by default). A heartbeat every 15 s avoids it as well.',
        looksLike: ['cut-when-idle'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address and headers. In Node, print `performance.now()` with every piece.',
    doesNothing: ['cache: "no-store" or keepalive: true: neither changes when pieces are handed over.'],
    tried: { version: 'Node 20', date: '2026-11-22' },
    sources: [
      'https://developer.mozilla.org/en-US/docs/Web/API/Streams_API/Using_readable_streams',
      'https://developer.mozilla.org/en-US/docs/Web/API/TextDecoder/decode',
      'https://undici.nodejs.org/#/docs/api/Client',
    ],
  },
  {
    id: 'openai-sdk',
    name: 'OpenAI SDK and compatible clients',
    question: 'Why do tokens of the OpenAI SDK come all at once?',
    language: 'js',
    mistakes: [
      {
        symptom: 'One answer, no tokens',
        wrong: 'const answer = await client.chat.completions.create({ model, messages });',
        right:
          'const stream = await client.chat.completions.create({ model, messages, stream: true });\nfor await (const part of stream) process.stdout.write(part.choices[0]?.delta?.content ?? "");',
        why: 'Without stream: true the server answers once, when all of it is there.',
        looksLike: ['held-until-close', 'wrong-content-type'],
        standing: READ,
      },
      {
        symptom: 'Python: tokens show in lumps, or only at the end in a log',
        wrong: 'for part in stream: print(part.choices[0].delta.content or "", end="")',
        right: 'for part in stream: print(part.choices[0].delta.content or "", end="", flush=True)',
        why: 'print() without a line end is collected by Python itself, and everything is where the output is no terminal.',
        standing: READ,
      },
      {
        symptom: 'Fine against the provider, in lumps against an own base URL',
        right: 'X-Accel-Buffering: no   # in the answer of the server behind the base URL',
        why: 'SDKs speak HTTP/1.1, browsers HTTP/2: an nginx with HTTPS in front of the model server collects 16 KiB for the one and not for the other.',
        looksLike: ['held-until-full'],
        standing: RUN,
      },
    ],
    sure: 'Probe the endpoint itself: `unclog probe -X POST -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d @request.json URL`, with "stream": true in the request.',
    doesNothing: ['A longer timeout of the client: it decides when to give up, not when tokens come.'],
    sources: [
      'https://platform.openai.com/docs/guides/streaming-responses',
      'https://docs.python.org/3/library/functions.html#print',
      'https://github.com/dstackai/dstack/issues/4269',
    ],
  },
  {
    id: 'react-native',
    name: 'React Native and Expo',
    question: 'Why does fetch not stream in React Native?',
    language: 'js',
    mistakes: [
      {
        symptom: 'response.body is undefined, or the text comes at the end',
        wrong: 'const response = await fetch(url);\nconst reader = response.body.getReader();',
        right:
          "import { fetch } from 'expo/fetch';\nconst response = await fetch(url, { headers: { Accept: 'text/event-stream' } });\nconst reader = response.body.getReader();",
        why: 'The built-in fetch of React Native is made of XMLHttpRequest and has no streamed body. expo/fetch (Expo SDK 52 and newer) has; react-native-sse is an EventSource for all versions.',
        looksLike: ['held-until-close'],
        standing: READ,
      },
      {
        symptom: 'Android, debug builds only: nothing until the end',
        right: '// measure a release build: the network inspector of debug builds reads whole bodies',
        why: 'Network inspection of debug builds (Flipper, the built-in one) collects answers.',
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` for the same address, and a release build behaves otherwise than a debug build.',
    doesNothing: ['A TextDecoder polyfill: there is no body to decode before the end.'],
    sources: [
      'https://docs.expo.dev/versions/latest/sdk/expo/#expofetch-api',
      'https://github.com/facebook/react-native/issues/37505',
    ],
  },
];
