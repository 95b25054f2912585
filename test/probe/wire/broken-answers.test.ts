import { afterEach, describe, expect, it } from 'vitest';
import type { EndReason } from '../../../src/types.ts';
import { bodyOf, faultsOf, observeOnce } from '../../support/observe-once.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 11\r\n\r\n';
const EVENT = 'data: one\n\n';
const CHUNK = `b\r\n${EVENT}\r\n`;

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

async function urlOf(answer: string): Promise<string> {
  server = await startScriptedServer((socket) => void socket.end(Buffer.from(answer, 'latin1')));
  return `http://127.0.0.1:${server.port}/`;
}

describe('an answer that breaks the rules is read as far as it goes, and the fault is named', () => {
  const cases: [what: string, answer: string, reason: EndReason, faults: string[], body?: string][] = [
    ['a whole one', `${CHUNKED}${CHUNK}0\r\n\r\n`, 'complete', []],
    ['no last chunk', `${CHUNKED}${CHUNK}`, 'truncated', []],
    [
      'the last chunk without the empty line behind it',
      `${CHUNKED}${CHUNK}0\r\n`,
      'complete',
      ['final-crlf'],
    ],
    ['a chunk that breaks off', `${CHUNKED}10\r\n${EVENT}`, 'truncated', []],
    ['a chunk size that is none', `${CHUNKED}${CHUNK}zz\r\nmore`, 'truncated', ['chunk-size']],
    [
      'a chunk longer than it says',
      `${CHUNKED}a\r\n${EVENT}\r\n0\r\n\r\n`,
      'truncated',
      ['chunk-end', 'chunk-size'],
      'data: one\n',
    ],
    ['blanks around a chunk size', `${CHUNKED} b \r\n${EVENT}\r\n0\r\n\r\n`, 'complete', ['chunk-size']],
    ['line feeds alone in the framing', `${CHUNKED}b\n${EVENT}\n0\n\n`, 'complete', ['chunk-size']],
    ['bytes behind the end', `${CHUNKED}${CHUNK}0\r\n\r\nmore`, 'complete', ['excess-bytes']],
    ['fewer bytes than Content-Length says', LENGTH + EVENT.slice(1), 'truncated', [], EVENT.slice(1)],
    ['more bytes than Content-Length says', `${LENGTH}${EVENT}more`, 'complete', ['excess-bytes']],
    [
      'two lengths',
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 5\r\nContent-Length: 11\r\n\r\n${EVENT}`,
      'closed',
      ['content-length'],
    ],
    [
      'a length beside chunks',
      `${CHUNKED.replace('\r\n\r\n', '\r\nContent-Length: 3\r\n\r\n')}${CHUNK}0\r\n\r\n`,
      'complete',
      ['length-beside-coding'],
    ],
    [
      'a head with line feeds alone',
      `HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n${EVENT}`,
      'closed',
      ['bare-lf'],
    ],
    [
      'a folded field',
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;\r\n charset=utf-8\r\n\r\n${EVENT}`,
      'closed',
      ['obs-fold'],
    ],
    [
      'chunks in HTTP/1.0',
      `${CHUNKED.replace('1.1', '1.0')}${CHUNK}0\r\n\r\n`,
      'complete',
      ['coding-in-1.0'],
    ],
  ];
  it.each(cases)('%s', async (_what, answer, reason, faults, body = EVENT) => {
    const observation = await observeOnce(await urlOf(answer));
    expect(observation.end?.reason).toBe(reason);
    expect(faultsOf(observation)).toEqual(faults);
    expect(bodyOf(observation)).toBe(body);
  });
});

describe('an answer that is none is an error that says what came', () => {
  const cases: [what: string, answer: string, code: string, says: RegExp][] = [
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'UNCLOG_NOT_HTTP', /SSH-2\.0/],
    ['TLS', '\x15\x03\x01\x00\x02\x02\x46', 'UNCLOG_NOT_HTTP', /https:\/\//],
    [
      'HTTP/2',
      '\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64',
      'UNCLOG_NOT_HTTP',
      /prior-knowledge/,
    ],
    [
      'a head that never ends',
      `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(300_000)}`,
      'UNCLOG_HEAD_TOO_LARGE',
      /262144/,
    ],
    ['nothing', '', 'ECONNRESET', /without an answer/],
    ['half a head', 'HTTP/1.1 200 OK\r\nX: y\r\n', 'ECONNRESET', /in the middle/],
  ];
  it.each(cases)('%s', async (_what, answer, code, says) => {
    const { error, response } = await observeOnce(await urlOf(answer));
    expect(response).toBeNull();
    expect(error).toMatchObject({ code, phase: 'head' });
    expect(error?.message).toMatch(says);
  });
});

it('a connection that is aborted is a reset, not an end', async () => {
  server = await startScriptedServer((socket) => {
    socket.write(`${CHUNKED}${CHUNK}`);
    setTimeout(() => socket.resetAndDestroy(), 100);
  });
  const { end } = await observeOnce(`http://127.0.0.1:${server.port}/`);
  expect(end?.reason).toBe('reset');
});
