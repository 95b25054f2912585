import { createHash } from 'node:crypto';
import { readAnswer } from '../answer.ts';
import { bad, type Cell, good, type Section } from '../check.ts';
import type { Stage } from '../stage.ts';
import { answered } from '../streams.ts';

const WITHIN_MS = 1_500;
const ROUNDS = 20;

/** RFC 6455 section 1.3. */
const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** A text frame of fewer than 126 bytes: RFC 6455 section 5.2. A client's has to be masked; zeros leave it readable. */
function frame(text: string, masked: boolean): string {
  const mask = masked ? '\0\0\0\0' : '';
  return `\x81${String.fromCharCode(text.length | (masked ? 0x80 : 0))}${mask}${text}`;
}

/** Texts of all whole short frames. */
function readFrames(bytes: string): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const second = bytes.charCodeAt(at + 1);
    const length = second & 0x7f;
    const maskAt = at + 2;
    const textAt = maskAt + (second & 0x80 ? 4 : 0);
    if (textAt + length > bytes.length) break;
    let text = '';
    for (let i = 0; i < length; i++) {
      const key = second & 0x80 ? bytes.charCodeAt(maskAt + (i % 4)) : 0;
      text += String.fromCharCode(bytes.charCodeAt(textAt + i) ^ key);
    }
    texts.push(text);
    at = textAt + length;
  }
  return texts;
}

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** Client and upstream answer each other in turn. */
async function webSocket(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange({ fields: HANDSHAKE });
  if (origin === null) return bad(`refused${answered(client)}`);
  const key = origin.fields.get('sec-websocket-key') ?? '';
  if (origin.fields.get('upgrade')?.toLowerCase() !== 'websocket')
    return bad('not upgraded', 'the Upgrade field is not passed on');
  origin.peer.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
  );
  await client.until('\r\n\r\n', WITHIN_MS);
  if (readAnswer(client.text).head?.status !== 101) return bad(`not upgraded${answered(client)}`);
  for (let n = 1; n <= ROUNDS; n++) {
    client.write(frame(`ping ${n}`, true));
    if (!(await origin.peer.when(() => readFrames(origin.body()).includes(`ping ${n}`), WITHIN_MS)))
      return bad(`${n - 1}/${ROUNDS}`, 'a frame of the client is held');
    origin.peer.write(frame(`pong ${n}`, false));
    if (!(await client.when(() => readFrames(readAnswer(client.text).rest).includes(`pong ${n}`), WITHIN_MS)))
      return bad(`${n - 1}/${ROUNDS}`, 'a frame of the upstream is held');
  }
  return good(`${ROUNDS}/${ROUNDS}`);
}

/** An upgrade the upstream does not want: its refusal is an ordinary answer. */
async function refusedUpgrade(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange({ fields: HANDSHAKE });
  if (origin === null) return bad(`refused${answered(client)}`);
  origin.peer.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  await client.when(() => readAnswer(client.text).complete || client.ended !== null, WITHIN_MS);
  const { head, payload } = readAnswer(client.text);
  if (head === null) return bad(client.ended === null ? 'HANG' : 'no answer');
  return head.status === 403 && payload === 'no' ? good('403 passed') : bad(String(head.status));
}

/** What curl --http2 sends. An upstream that switches would be a tunnel past every rule of the product. */
async function h2c(stage: Stage): Promise<Cell> {
  const { client, origin } = await stage.exchange({
    fields: [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    ],
  });
  if (origin === null) {
    await client.until('\r\n\r\n', WITHIN_MS);
    return bad(`not served${answered(client)}`);
  }
  if (/h2c/i.test(origin.fields.get('upgrade') ?? '')) return bad('h2c PASSED ON');
  origin.peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  await client.until('ok', WITHIN_MS);
  return readAnswer(client.text).payload === 'ok' ? good('200') : bad(`not served${answered(client)}`);
}

export const upgradesSection: Section = {
  title: 'Upgrades',
  explanation: `A WebSocket, ${ROUNDS} frames each way in turn; an upgrade the upstream refuses; the offer of h2c, which a proxy must not pass on (RFC 9110 section 7.8) and should serve as the ordinary request it also is.`,
  checks: [
    { id: 'websocket', title: 'WebSocket', run: webSocket },
    { id: 'websocket-refused', title: 'WebSocket refused with 403', run: refusedUpgrade },
    { id: 'h2c', title: 'offer of h2c', run: h2c },
  ],
};
