import { expect, it } from 'vitest';
import { startHttp2Exchange } from './support/http2-exchange.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk } from './support/start-gateway.ts';

const LENGTH_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999999\r\n\r\n';
const plain = (payload: string): string => payload;

/** The short run belongs to every test run; UNCLOG_LOCKSTEP_EVENTS makes it longer. */
const EVENTS = Number(process.env.UNCLOG_LOCKSTEP_EVENTS ?? 300);

it.each([
  ['a chunked upstream', { ':path': '/stream' }, null, CHUNKED_HEAD, chunk],
  ['a close-delimited upstream', { ':path': '/stream' }, null, CLOSE_HEAD, plain],
  ['an upstream that announces a length', { ':path': '/stream' }, null, LENGTH_HEAD, plain],
  ['a POST', { ':path': '/stream', ':method': 'POST' }, '{}', CHUNKED_HEAD, chunk],
  ['a stream on a path that nobody declared', { ':path': '/chat' }, null, CHUNKED_HEAD, chunk],
])(
  'over HTTP/2 event n+1 is sent only after event n has arrived: through %s',
  async (_what, fields, body, head, frame) => {
    const { client, origin } = await startHttp2Exchange(fields, {}, body);
    origin.write(head);
    await client.untilHead();
    expect(client.text).toBe('');
    for (let n = 1; n <= EVENTS; n++) {
      client.text = '';
      origin.write(frame(`id: ${n}\ndata: event ${n}\n\n`));
      await client.until(`data: event ${n}\n\n`);
      expect(client.text.match(/^id: \d+$/gm)).toEqual([`id: ${n}`]);
    }
  },
  60_000 + EVENTS * 50,
);
