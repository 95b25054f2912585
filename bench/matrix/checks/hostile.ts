import { setTimeout as delay } from 'node:timers/promises';
import { readAnswer } from '../answer.ts';
import { bad, type Cell, good, type Section } from '../check.ts';
import { requestText, type Stage } from '../stage.ts';
import { answered, chunk, EVENT_STREAM, event, LAST_CHUNK } from '../streams.ts';

const WITHIN_MS = 1_500;
/** Time for something that must not happen to happen. */
const QUIET_MS = 250;

async function duplicateHost(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange({ fields: ['Host: other.test'] }, QUIET_MS);
  if (origin !== null) return bad('PASSED ON', `Host: ${origin.fields.get('host')}`);
  await client.until('\r\n\r\n', WITHIN_MS);
  return readAnswer(client.text).head?.status === 400 ? good('400') : bad(`refused${answered(client)}`);
}

/** RFC 9112 section 6.1: refuse, or believe Transfer-Encoding, remove Content-Length and close. */
async function lengthAndCoding(stage: Stage): Promise<Cell> {
  const token = stage.newToken();
  const smuggled = stage.newToken();
  const client = await stage.client();
  const inner = requestText(smuggled, {});
  const fields = [`Content-Length: ${inner.length + 5}`, 'Transfer-Encoding: chunked'];
  client.write(requestText(token, { method: 'POST', fields, body: `${LAST_CHUNK}${inner}` }));
  const origin = await stage.upstream.request(token, QUIET_MS);
  if (origin === null) {
    await client.until('\r\n\r\n', WITHIN_MS);
    return readAnswer(client.text).head?.status === 400 ? good('400') : bad(`refused${answered(client)}`);
  }
  const both = origin.fields.has('content-length') && origin.fields.has('transfer-encoding');
  origin.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  await delay(QUIET_MS);
  if (both) return bad('both PASSED ON');
  if (stage.upstream.received().includes(smuggled))
    return bad('2nd request served', 'what follows the last chunk is taken for a request');
  return good('one framing, closed');
}

async function lengthAndCodingAnswer(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  origin.peer.write(
    `HTTP/1.1 200 OK\r\n${EVENT_STREAM}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(event(1))}${LAST_CHUNK}`,
  );
  await client.when(() => readAnswer(client.text).complete || client.ended !== null, WITHIN_MS);
  const { head } = readAnswer(client.text);
  if (head === null) return bad(client.ended === null ? 'HANG' : 'no answer');
  if (head.status >= 500) return good(String(head.status));
  const both = head.fields.has('content-length') && head.fields.has('transfer-encoding');
  return both ? bad('both PASSED ON') : good('one framing');
}

/** The body is a request: where its framing is lost, the upstream serves it. */
async function chunkedDelete(stage: Stage): Promise<Cell> {
  const inner = requestText('smuggled', {});
  const { client, origin } = await stage.exchange({
    method: 'DELETE',
    fields: ['Transfer-Encoding: chunked'],
    body: chunk(inner) + LAST_CHUNK,
  });
  if (origin === null) return bad(`refused${answered(client)}`);
  await origin.peer.until('/smuggled', QUIET_MS, origin.from);
  const { fields } = origin;
  const length = fields.has('transfer-encoding') ? null : Number(fields.get('content-length') ?? 0);
  if (length === 0 && origin.body() !== '')
    return bad('SMUGGLED', 'the body follows a head that announces none');
  return origin.body().includes('/smuggled') ? good('framed') : bad('body dropped');
}

/** Is the product still there, and does it still serve? */
async function survives(stage: Stage, send: () => Promise<string | Cell>): Promise<Cell> {
  const said = await send();
  await delay(100);
  if (stage.crash() !== null) return bad('CRASH', stage.crash() ?? '');
  const { origin } = await stage.exchange();
  return origin === null
    ? bad('DEAF', 'serves no further request')
    : typeof said === 'string'
      ? good(said)
      : said;
}

async function trailerField(stage: Stage): Promise<string> {
  const { client, origin } = await stage.exchange({ fields: ['Trailer: X-Digest'] });
  if (origin === null) return `refused${answered(client)}`;
  origin.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  await client.until('\r\n\r\n', WITHIN_MS);
  return 'served';
}

async function oddTarget(stage: Stage, target: string): Promise<string> {
  const client = await stage.client();
  client.write(`GET ${target} HTTP/1.1\r\nHost: matrix.test\r\n\r\n`);
  await client.until('\r\n\r\n', QUIET_MS);
  const { head } = readAnswer(client.text);
  return head === null ? (client.ended === null ? 'passed on' : 'closed') : String(head.status);
}

async function malformedAnswer(stage: Stage): Promise<string | Cell> {
  const { client, origin } = await stage.exchange();
  if (origin === null) return bad('request held');
  origin.peer.write(`HTTP/1.1 200 O\x01K\r\n${EVENT_STREAM}X-B\x80d: a\x02b\r\nContent-Length: 0\r\n\r\n`);
  await client.when(() => client.text.includes('\r\n\r\n') || client.ended !== null, WITHIN_MS);
  if (/[\x01\x02\x80]/.test(client.text)) return bad('PASSED ON');
  return readAnswer(client.text).head?.status.toString() ?? (client.ended === null ? 'nothing' : 'closed');
}

export const hostileSection: Section = {
  title: 'Hostile input',
  explanation:
    'Requests and answers that two parsers can read in two ways, and single packets that end a process. A crash takes every stream of the process with it.',
  checks: [
    { id: 'duplicate-host', title: 'two Host fields', run: duplicateHost },
    { id: 'length-and-coding', title: 'Content-Length beside Transfer-Encoding', run: lengthAndCoding },
    { id: 'length-and-coding-answer', title: 'the same in an answer', run: lengthAndCodingAnswer },
    { id: 'chunked-delete', title: 'DELETE with a chunked body', run: chunkedDelete },
    {
      id: 'trailer-field',
      title: 'GET with a Trailer field',
      run: (stage) => survives(stage, () => trailerField(stage)),
    },
    {
      id: 'odd-target',
      title: 'request target `http://[`',
      run: (stage) => survives(stage, () => oddTarget(stage, 'http://[')),
    },
    {
      id: 'malformed-answer',
      title: 'answer with bytes no field may have',
      run: (stage) => survives(stage, () => malformedAnswer(stage)),
    },
  ],
};
