import { gzipSync } from 'node:zlib';
import type { Random } from './random.ts';

/** What makes a request or an answer known wherever it turns up. */
export const TOKEN = /tok[0-9a-f]{12}/g;

const chunk = (payload: string): string => `${payload.length.toString(16)}\r\n${payload}\r\n`;

/** A well-formed request whose target ends in the token. */
export function drawRequest(random: Random, token: string, smuggled: string): string {
  const target = `/${random.pick(['stream', 'stream', 'shop', 'shop', 'ws'])}/${token}`;
  const inner = `GET /smuggled/${smuggled} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const body = random.pick([`${token} body`, inner, `0\r\n\r\n${inner}`, token.repeat(1 + random.int(300))]);
  const field = random.pick([
    '',
    '',
    'Accept: text/event-stream\r\n',
    'Connection: close\r\n',
    'TE: trailers\r\n',
  ]);
  const head = (method: string, version = '1.1') =>
    `${method} ${target} HTTP/${version}\r\nHost: a\r\n${field}`;
  if (target.startsWith('/ws'))
    return `${head('GET')}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`;
  return random.pick([
    () => `${head('GET')}\r\n`,
    () => `${head('GET', '1.0')}\r\n`,
    () => `${head('HEAD')}\r\n`,
    () => `${head('POST')}Content-Length: ${body.length}\r\n\r\n${body}`,
    () => `${head('POST')}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    () => `${head('PUT')}Transfer-Encoding: chunked\r\n\r\n${chunk(body)}${chunk(token)}0\r\n\r\n`,
    () =>
      `${head('DELETE')}Transfer-Encoding: chunked\r\n\r\n${chunk(body).replace('\r\n', ';a=b\r\n')}0\r\nX-A: b\r\n\r\n`,
    () => `${head('GET')}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n`,
  ])();
}

/** A well-formed event stream of a few events. */
export function drawStream(random: Random, token: string): string {
  const events = Array.from({ length: 2 + random.int(4) }, (_, i) => chunk(`id: ${i}\ndata: ${token}\n\n`));
  return `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${events.join('')}0\r\n\r\n`;
}

/** A well-formed answer filled with the token. */
export function drawAnswer(random: Random, token: string): string {
  const event = `data: ${token}\n\n`;
  const fill = token.repeat(1 + random.int(random.percent(5) ? 700 : 40));
  const zipped = gzipSync(event.repeat(20)).toString('latin1');
  const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
  const te = 'Transfer-Encoding: chunked\r\n';
  return random.pick([
    () => `${stream}${te}\r\n${chunk(event)}${chunk(event.repeat(1 + random.int(50)))}0\r\n\r\n`,
    () =>
      `${stream}${te}Trailer: X-A\r\n\r\n${chunk(event).replace('\r\n', ';a=b\r\n')}0\r\nX-A: ${token}\r\n\r\n`,
    () => `${stream}Content-Length: ${event.length}\r\n\r\n${event}`,
    () => `${stream.replace('1.1', '1.0')}\r\n${event}`,
    () => `${stream}Content-Encoding: gzip\r\n${te}\r\n${chunk(zipped)}0\r\n\r\n`,
    () => `HTTP/1.1 200 OK\r\nContent-Length: ${fill.length}\r\n\r\n${fill}`,
    () => `HTTP/1.1 200 OK\r\n${te}\r\n${chunk(fill)}${chunk(token)}0\r\n\r\n`,
    () =>
      `HTTP/1.1 103 Early Hints\r\nLink: ${token}\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: ${fill.length}\r\n\r\n${fill}`,
    () =>
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nX-Token: ${token}\r\nContent-Length: 0\r\n\r\n`,
    () => `HTTP/1.1 204 No Content\r\nX-Token: ${token}\r\n\r\n`,
    () => `HTTP/1.1 304 Not Modified\r\nX-Token: ${token}\r\nContent-Length: 15\r\n\r\n`,
    () => `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${fill}`,
  ])();
}
