import { setTimeout as delay } from 'node:timers/promises';
import { type AnswerHead, readAnswer } from '../answer.ts';
import { bad, type Cell, type Check, good, na, type Section } from '../check.ts';
import type { Peer } from '../peer.ts';
import { requestText, type Stage } from '../stage.ts';
import { answered, CHUNKED_HEAD, EVENT_STREAM, event, speak } from '../streams.ts';

const WITHIN_MS = 1_500;

async function trailers(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange({ fields: ['TE: trailers', 'Connection: TE'] });
  if (origin === null) return bad(`refused${answered(client)}`);
  const head = CHUNKED_HEAD.replace('\r\n\r\n', '\r\nTrailer: X-Digest\r\n\r\n');
  const out = speak(origin, head);
  if (!out.isChunked) return na('HTTP/1.0', 'asks the upstream in HTTP/1.0, which has no trailers');
  out.head();
  out.piece(event(1));
  origin.peer.write('0\r\nX-Digest: abc\r\n\r\n');
  await client.when(() => readAnswer(client.text).complete, WITHIN_MS);
  const answer = readAnswer(client.text);
  if (!answer.complete) return bad('broken', `the answer does not end${answered(client)}`);
  return /x-digest: abc/i.test(answer.trailers) ? good('passed') : bad('dropped');
}

async function earlyHints(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  const out = speak(origin);
  if (!out.isChunked) return na('HTTP/1.0', 'asks the upstream in HTTP/1.0, which has no interim answers');
  origin.peer.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
  const early = await client.until(' 103 ', 500);
  out.head();
  out.piece(event(1));
  out.last();
  await client.when(() => readAnswer(client.text).complete || client.ended !== null, WITHIN_MS);
  const { interims, head } = readAnswer(client.text);
  if (head?.status !== 200)
    return bad(head === null ? 'broken' : `broken, ${head.status}`, 'the final answer does not arrive');
  if (interims.every(({ status }) => status !== 103)) return bad('dropped');
  return (await servesAnother(stage, client, head))
    ? good(early ? 'passed at once' : 'passed late')
    : bad(
        'taken as final',
        'the final answer passes as the body of the 103, and the connection serves nothing more',
      );
}

/** Whoever mistakes an interim answer for the final one takes the final one for a body that has not ended. */
async function servesAnother(stage: Stage, client: Peer, { fields }: AnswerHead): Promise<boolean> {
  if (/close/i.test(fields.get('connection') ?? '') || client.ended !== null) return true;
  const token = stage.newToken();
  client.write(requestText(token, {}));
  return (await stage.upstream.request(token, 500)) !== null;
}

const EXPECTING = ['Content-Type: text/plain', 'Content-Length: 5', 'Expect: 100-continue'];

/** The upstream says 100 a while after the head: who has told the client to go on before is not it. */
async function expectAccepted(stage: Stage): Promise<Cell> {
  const { client, token } = await stage.send({ method: 'POST', fields: EXPECTING });
  let saidContinue = false;
  const upstream = stage.upstream.request(token, WITHIN_MS * 2).then(async (origin) => {
    if (origin?.fields.has('expect')) {
      await delay(100);
      saidContinue = true;
      origin.peer.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    return origin;
  });
  await client.until('HTTP/1.1 ', WITHIN_MS);
  const { interims, head } = readAnswer(client.text);
  if (head !== null) return bad(`${head.status}`, 'answered without the upstream');
  const who = interims.length === 0 ? 'nobody says 100' : saidContinue ? 'the upstream’s 100' : 'own 100';
  client.write('HELLO');
  const origin = await upstream;
  if (origin === null) return bad(`refused${answered(client)}`, `after ${who}`);
  await origin.peer.when(() => origin.body().includes('HELLO'), WITHIN_MS);
  origin.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  await client.until('ok', WITHIN_MS);
  if (readAnswer(client.text).payload !== 'ok') return bad('broken', `after ${who}`);
  return interims.length > 0 ? good(who) : bad(who);
}

/** A client that asks first wants to be spared the body. */
async function expectRefused(stage: Stage): Promise<Cell> {
  const { client, token } = await stage.send({ method: 'POST', fields: EXPECTING });
  void stage.upstream
    .request(token, WITHIN_MS)
    .then((origin) =>
      origin?.peer.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    );
  await client.when(() => readAnswer(client.text).head !== null, WITHIN_MS);
  const { interims, head } = readAnswer(client.text);
  if (interims.length > 0)
    return bad('body demanded', 'told the client to send the body before the upstream was asked');
  if (head === null) return bad('HANG', 'waits for a body that the client holds back');
  return head.status === 413 ? good('413, no body') : bad(String(head.status));
}

/** A body that must not be there: the next answer on that connection would begin with it. */
function bodiless(id: string, title: string, method: string, answer: string): Check {
  return {
    id,
    title,
    async run(stage) {
      const { client, origin } = await stage.exchange({ method });
      if (origin === null) return bad('request held');
      origin.peer.write(answer);
      await client.until('\r\n\r\n', WITHIN_MS);
      await client.until('SMUGGLED', 250);
      if (client.text.includes('SMUGGLED')) return bad('body passed');
      const { head } = readAnswer(client.text, method);
      return head === null ? bad('no answer') : good(`${head.status}, no body`);
    },
  };
}

const BODY = 'Content-Length: 8\r\n\r\nSMUGGLED';

async function binary(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  let payload = '';
  for (let i = 0; i < 65_536; i++) payload += String.fromCharCode((i * 7 + (i >> 8)) & 0xff);
  const out = speak(origin);
  out.head();
  for (let at = 0, size = 1; at < payload.length; at += size, size = (size * 3 + 1) % 4_099)
    out.piece(payload.slice(at, at + size));
  out.last();
  await client.when(() => client.ended !== null || readAnswer(client.text).complete, WITHIN_MS);
  return readAnswer(client.text).payload === payload ? good('exact') : bad('ALTERED');
}

async function optOut(stage: Stage, sent: string): Promise<Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  const out = speak(origin, CHUNKED_HEAD.replace(EVENT_STREAM, `${EVENT_STREAM}${sent}`));
  out.head();
  out.piece(event(1));
  out.last();
  await client.when(() => client.ended !== null || readAnswer(client.text).complete, WITHIN_MS);
  const { head } = readAnswer(client.text);
  if (head === null) return na('no answer');
  if (head.fields.get('x-accel-buffering')?.toLowerCase() === 'no')
    return good(sent === '' ? 'added' : 'kept');
  return bad(sent === '' ? 'not added' : 'eaten');
}

export const exactnessSection: Section = {
  title: 'Nothing is lost, nothing is added',
  explanation: 'What the upstream says arrives as it was said; what HTTP forbids does not.',
  checks: [
    { id: 'binary', title: 'any bytes in chunks of any size', run: binary },
    { id: 'trailers', title: 'trailers, asked for with TE', run: trailers },
    { id: 'early-hints', title: '103 Early Hints', run: earlyHints },
    { id: 'expect-accepted', title: 'Expect: 100-continue, accepted', run: expectAccepted },
    { id: 'expect-refused', title: 'Expect: 100-continue, refused by the upstream', run: expectRefused },
    bodiless('head-body', 'HEAD answered with a body', 'HEAD', `HTTP/1.1 200 OK\r\n${EVENT_STREAM}${BODY}`),
    bodiless('body-204', '204 with a body', 'GET', `HTTP/1.1 204 No Content\r\n\r\nSMUGGLED`),
    bodiless('body-304', '304 with a body', 'GET', `HTTP/1.1 304 Not Modified\r\n${BODY}`),
    {
      id: 'opt-out-kept',
      title: 'X-Accel-Buffering: no, for a next nginx',
      run: (stage) => optOut(stage, 'X-Accel-Buffering: no\r\n'),
    },
    {
      id: 'opt-out-added',
      title: 'the same where the upstream forgot it',
      run: (stage) => optOut(stage, ''),
    },
  ],
};
