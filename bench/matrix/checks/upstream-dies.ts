import { readAnswer } from '../answer.ts';
import { BOUND_MS, bad, type Cell, type Check, good, type Section } from '../check.ts';
import type { Peer } from '../peer.ts';
import type { RequestWords, Stage } from '../stage.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, EVENT_STREAM, event, speak } from '../streams.ts';

type Death = 'FIN' | 'RST';

const die = (peer: Peer, death: Death): void => (death === 'FIN' ? peer.close() : peer.reset());

/** Waits for whatever the client is told: an end of the answer, of the connection, or nothing. */
async function told(client: Peer, { headWasSent = false, withinMs = BOUND_MS } = {}): Promise<Cell> {
  await client.when(() => {
    const { head, complete } = readAnswer(client.text);
    return client.ended !== null || (head !== null && complete);
  }, withinMs);
  const { head, complete, framing } = readAnswer(client.text);
  const how = client.ended === 'reset' ? 'RST' : 'FIN';
  if (head !== null && head.status >= 500) {
    const reason = head.fields.get('proxy-status');
    return good(`${head.status}${reason === undefined ? '' : ' + reason'}`, reason ?? '');
  }
  if (complete) return bad('clean end: HIDDEN', `the ${framing} body ends as if it were whole`);
  if (client.ended === null) return bad('HANG', `nothing for ${withinMs / 1_000} s`);
  if (head === null && headWasSent) return good(`cut (${how}), no head`, 'the head was still held');
  if (head === null) return bad(`no answer (${how})`, 'the connection ends without a response');
  if (framing === 'close' && how === 'FIN')
    return bad('clean end: HIDDEN', 'the end of the connection is the end of the body, and it looks whole');
  return good(`cut (${how})`);
}

/** No head has left the upstream yet. */
function beforeHead(id: string, title: string, death: Death, sent: string): Check {
  return {
    id,
    title,
    async run(stage) {
      const { client, token } = await stage.send();
      const first = await stage.upstream.request(token, 1_500);
      if (first === null) return bad('request held');
      // Some try again: every attempt meets the same end.
      const killed = new Set<Peer>();
      const killAll = () => {
        for (const { peer } of stage.upstream.requests(token)) {
          if (killed.has(peer)) continue;
          killed.add(peer);
          peer.write(sent);
          die(peer, death);
        }
      };
      killAll();
      const timer = setInterval(killAll, 5);
      const cell = await told(client);
      clearInterval(timer);
      return killed.size > 1
        ? { ...cell, detail: `${cell.detail} after ${killed.size} attempts`.trim() }
        : cell;
    },
  };
}

async function refused(stage: Stage): Promise<Cell> {
  await stage.upstream.close();
  try {
    const { client } = await stage.send();
    // HAProxy tries three more times, a second apart.
    return await told(client, { withinMs: 6_000 });
  } finally {
    await stage.clear();
    await stage.upstream.listen();
  }
}

interface MidStream {
  id: string;
  title: string;
  death: Death;
  words?: RequestWords;
  head?: string;
  /** What goes out before the end; the end comes once it has arrived. Default: one event. */
  payload?: string;
  /** Sent behind it as it is. */
  tail?: string;
  /** A FIN is the end of a close-delimited body: then a clean end is right. */
  isEnd?: boolean;
}

function midStream({
  id,
  title,
  death,
  words = {},
  head = CHUNKED_HEAD,
  payload = event(1),
  tail = '',
  isEnd,
}: MidStream): Check {
  return {
    id,
    title,
    async run(stage) {
      const { client, origin } = await stage.exchange(words);
      if (origin === null) return bad('request held');
      const out = speak(origin, head);
      out.head();
      if (payload !== '') out.piece(payload);
      if (tail !== '') origin.peer.write(out.isChunked ? tail : tail.replace(/^\w+\r\n/, ''));
      // A reset discards what was not read yet, so the client has it first; a product that holds it gets a moment.
      await client.until(payload === '' ? '\r\n\r\n' : 'data: event', 300);
      die(origin.peer, death);
      const cell = await told(client, { headWasSent: true });
      if (isEnd !== true) return cell;
      return cell.value.startsWith('clean end') ? good('end passed on') : bad(cell.value, cell.detail);
    },
  };
}

/** All of it leaves the upstream in one turn with the FIN. */
async function deliversLastBytes(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  const events = 50;
  const out = speak(origin);
  out.head();
  for (let n = 1; n <= events; n++) out.piece(event(n));
  origin.peer.close();
  const cell = await told(client, { headWasSent: true });
  const arrived = readAnswer(client.text).payload.match(/^data: event \d+$/gm)?.length ?? 0;
  const value = `${arrived}/${events}`;
  return arrived === events ? good(value, cell.value) : bad(value, cell.value);
}

const LENGTH_HEAD = `HTTP/1.1 200 OK\r\n${EVENT_STREAM}Content-Length: 4096\r\n\r\n`;
const HTTP_1_0: RequestWords = { version: '1.0' };

export const upstreamDiesSection: Section = {
  title: 'The upstream dies',
  explanation: `What the client is told. Before the head 502 or 504 is right (“+ reason”: with \`Proxy-Status\`). After it the break has to show: an answer that ends as if it were whole hides a truncation, and a client left alone for ${BOUND_MS / 1_000} s hangs. To an HTTP/1.0 client only a reset can say it. The upstream chunks its answers; one that is asked in HTTP/1.0 (nginx, stock; HAProxy for such a client) must not, and there the product has taken the break’s only mark away itself.`,
  checks: [
    { id: 'refused', title: 'nobody listens', run: refused },
    beforeHead('die-headless-fin', 'FIN before the head', 'FIN', ''),
    beforeHead('die-headless-rst', 'RST before the head', 'RST', ''),
    beforeHead('die-in-head', 'FIN inside the head', 'FIN', 'HTTP/1.1 200 OK\r\nContent-Ty'),
    midStream({
      id: 'die-eventless-fin',
      title: 'FIN after the head, no event yet',
      death: 'FIN',
      payload: '',
    }),
    midStream({
      id: 'die-eventless-rst',
      title: 'RST after the head, no event yet',
      death: 'RST',
      payload: '',
    }),
    midStream({ id: 'die-between-fin', title: 'FIN between events', death: 'FIN' }),
    midStream({ id: 'die-between-rst', title: 'RST between events', death: 'RST' }),
    midStream({
      id: 'die-in-chunk',
      title: 'FIN inside a chunk',
      death: 'FIN',
      tail: '40\r\ndata: ev',
    }),
    midStream({
      id: 'die-short',
      title: 'FIN short of Content-Length',
      death: 'FIN',
      head: LENGTH_HEAD,
    }),
    midStream({
      id: 'die-close-rst',
      title: 'RST, close-delimited upstream',
      death: 'RST',
      head: CLOSE_HEAD,
    }),
    midStream({
      id: 'end-close-fin',
      title: 'FIN, close-delimited upstream (its end)',
      death: 'FIN',
      head: CLOSE_HEAD,
      isEnd: true,
    }),
    { id: 'die-last-bytes', title: 'events written right before the FIN arrive', run: deliversLastBytes },
    midStream({
      id: 'die-1-0-fin',
      title: 'HTTP/1.0 client: FIN between events',
      death: 'FIN',
      words: HTTP_1_0,
    }),
    midStream({
      id: 'die-1-0-rst',
      title: 'HTTP/1.0 client: RST between events',
      death: 'RST',
      words: HTTP_1_0,
    }),
    midStream({
      id: 'die-1-0-short',
      title: 'HTTP/1.0 client: FIN short of Content-Length',
      death: 'FIN',
      words: HTTP_1_0,
      head: LENGTH_HEAD,
    }),
    midStream({
      id: 'die-1-0-close-rst',
      title: 'HTTP/1.0 client: RST, close-delimited upstream',
      death: 'RST',
      words: HTTP_1_0,
      head: CLOSE_HEAD,
    }),
    midStream({
      id: 'die-undeclared-fin',
      title: 'FIN between events, a path no setting names',
      death: 'FIN',
      words: { path: '/anything' },
    }),
  ],
};
