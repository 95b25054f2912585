import {
  bad,
  bestOfThree,
  type Cell,
  type Check,
  formatMs,
  good,
  PROMPT_MS,
  type Section,
} from '../check.ts';
import type { RequestWords, Stage } from '../stage.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, EVENT_STREAM, event, lockstep, speak } from '../streams.ts';

const EVENTS = 200;

/** Time from the upstream's writing of the head to its arrival; null = not before the first event. */
async function measureHead(stage: Stage, words: RequestWords, head: string): Promise<number | null> {
  const { client, origin } = await stage.exchange(words);
  if (origin === null) return null;
  const sentMs = performance.now();
  speak(origin, head).head();
  return (await client.until('\r\n\r\n', 1_500)) ? performance.now() - sentMs : null;
}

async function headCell(stage: Stage, words: RequestWords, head: string): Promise<Cell> {
  const ms = await bestOfThree(() => measureHead(stage, words, head));
  if (ms !== null) return ms < PROMPT_MS ? good(formatMs(ms)) : bad(formatMs(ms), 'best of three');
  const { client, origin } = await stage.exchange(words);
  if (origin === null) return bad('request held', 'the request did not reach the upstream');
  const out = speak(origin, head);
  out.head();
  await client.until('\r\n\r\n', 200);
  out.piece(event(1));
  return (await client.until('data: event 1\n', 1_000))
    ? bad('with 1st event', 'the head waits for the first event')
    : bad('HELD', 'neither head nor first event arrives');
}

const headCheck = (id: string, title: string, words: RequestWords, head: string): Check => ({
  id,
  title,
  run: (stage) => headCell(stage, words, head),
});

export const headSection: Section = {
  title: 'No byte waits',
  explanation:
    'Time to the head: from the upstream’s writing it to its arrival, no event sent yet (best of three). Lockstep: event n + 1 is sent only after event n has arrived, so that whatever waits for more bytes stalls; behind it the median time of an event from the upstream’s socket to the client’s.',
  checks: [
    headCheck('head-chunked', 'head before the first event', {}, CHUNKED_HEAD),
    headCheck('head-close', 'the same, close-delimited upstream', {}, CLOSE_HEAD),
    headCheck('head-http-1-0', 'the same, HTTP/1.0 client', { version: '1.0' }, CHUNKED_HEAD),
    {
      id: 'lockstep-chunked',
      title: `${EVENTS} events in lockstep`,
      run: (stage) => lockstep(stage, { events: EVENTS }),
    },
    {
      id: 'lockstep-close',
      title: 'lockstep, close-delimited upstream',
      run: (stage) => lockstep(stage, { events: EVENTS, head: CLOSE_HEAD }),
    },
    {
      id: 'lockstep-http-1-0',
      title: 'lockstep, HTTP/1.0 client',
      run: (stage) => lockstep(stage, { events: EVENTS, request: { version: '1.0' } }),
    },
    {
      id: 'lockstep-post',
      title: 'lockstep, answer to a POST',
      run: (stage) =>
        lockstep(stage, {
          events: EVENTS,
          request: {
            method: 'POST',
            fields: ['Content-Type: application/json', 'Content-Length: 2'],
            body: '{}',
          },
        }),
    },
    {
      id: 'lockstep-ndjson',
      title: 'lockstep, NDJSON',
      run: (stage) =>
        lockstep(stage, {
          events: EVENTS,
          head: CHUNKED_HEAD.replace(EVENT_STREAM, 'Content-Type: application/x-ndjson\r\n'),
        }),
    },
    {
      id: 'lockstep-undeclared',
      title: 'lockstep, a path that no setting names',
      run: (stage) => lockstep(stage, { events: EVENTS, request: { path: '/anything' } }),
    },
    { id: 'request-head', title: 'head of a POST before any of its body', run: requestHead },
    {
      id: 'lockstep-duplex',
      title: 'POST streamed both ways in lockstep',
      run: (stage) =>
        lockstep(stage, {
          events: 50,
          request: {
            method: 'POST',
            fields: ['Content-Type: application/x-ndjson', 'Transfer-Encoding: chunked'],
            body: chunk('ping 1;'),
          },
          ping: (n) => `ping ${n};`,
        }),
    },
    {
      id: 'lockstep-compressing-origin',
      title: 'an origin that gzips when asked, unflushed',
      run: compressingOrigin,
    },
  ],
};

/** An upstream may refuse by the head alone, or answer before the first piece of the body. */
async function requestHead(stage: Stage): Promise<Cell> {
  const sentMs = performance.now();
  const { origin } = await stage.exchange({ method: 'POST', fields: ['Transfer-Encoding: chunked'] });
  return origin === null ? bad('held') : good(formatMs(performance.now() - sentMs));
}

/** A browser accepts gzip; this origin then compresses, and its compressor gives nothing before the end. */
async function compressingOrigin(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange({ fields: ['Accept-Encoding: gzip, deflate, br'] });
  if (origin === null) return bad('request held');
  const asked = origin.fields.get('accept-encoding') ?? '';
  if (asked.includes('gzip')) return bad('held', `the upstream was asked for ${asked}`);
  const out = speak(origin);
  out.head();
  out.piece(event(1));
  return (await client.until('data: event 1\n', 1_500))
    ? good(asked === '' ? 'asks none' : `asks ${asked}`)
    : bad('held', `though the upstream was asked for ${asked || 'nothing'}`);
}
