import { afterEach, expect, it } from 'vitest';
import { bodyOf, faultsOf, observeOnce } from '../../support/observe-once.ts';
import {
  type Script,
  type ScriptedServer,
  startScriptedServer,
  writeApart,
} from '../../support/scripted-server.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';

let server: ScriptedServer;
afterEach(() => server.close());

async function serve(script: Script): Promise<string> {
  server = await startScriptedServer(script);
  return `http://127.0.0.1:${server.port}/stream`;
}

it('chunk sizes are kept as they were written, each with the read that brought it', async () => {
  const url = await serve((socket) =>
    writeApart(socket, [
      HEAD,
      'A\r\ndata: one\n\r\n',
      '001;name="x y"\r\n\n\r\n0000B\r\ndata: two\n\n\r\n',
      'b\r\ndata: ',
      'six\n\n\r\n0\r\nX-End: yes\r\n\r\n',
    ]),
  );
  const observation = await observeOnce(url);
  const chunks = observation.wire?.chunks ?? [];
  expect(chunks.map(({ digits, bytes, extension }) => [digits, bytes, extension])).toEqual([
    ['A', 10, undefined],
    ['001', 1, ';name="x y"'],
    ['0000B', 11, undefined],
    ['b', 11, undefined],
    ['0', 0, undefined],
  ]);
  expect(chunks.map((chunk) => chunk.read)).toEqual([1, 2, 2, 3, 4]);
  const [, , , split] = chunks;
  expect(split?.doneMs).toBe(observation.reads[4]?.atMs);
  expect(split?.atMs).toBe(observation.reads[3]?.atMs);
  expect(observation.wire?.trailers).toEqual([['X-End', 'yes']]);
  expect(observation.wire?.headBytes).toBe(HEAD.length);
  expect(observation.end?.reason).toBe('complete');
  expect(faultsOf(observation)).toEqual([]);
  expect(bodyOf(observation)).toBe('data: one\n\ndata: two\n\ndata: six\n\n');
});

it('the response head is kept in order, case and repeats, and interim answers beside it', async () => {
  const url = await serve((socket) => {
    socket.end(
      'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n' +
        'HTTP/1.1 200 Fine Thanks\r\nX-b: 1\r\nServer:nginx\r\nX-A:  2 \r\nx-B: 3\r\nContent-Length: 0\r\n\r\n',
    );
  });
  const { response, wire } = await observeOnce(url);
  expect(response).toMatchObject({ status: 200, reason: 'Fine Thanks', httpVersion: '1.1' });
  expect(response?.headers).toEqual([
    ['X-b', '1'],
    ['Server', 'nginx'],
    ['X-A', '2'],
    ['x-B', '3'],
    ['Content-Length', '0'],
  ]);
  expect(wire?.interim).toMatchObject([{ status: 103, headers: [['link', '</a.css>']] }]);
});

it('one byte at a time changes nothing but the times', async () => {
  const answer = `${HEAD}b\r\ndata: one\n\n\r\n00000B\r\ndata: two\n\n\r\n0\r\n\r\n`;
  const url = await serve(async (socket) => {
    for (const byte of Buffer.from(answer)) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const observation = await observeOnce(url);
  expect(bodyOf(observation)).toBe('data: one\n\ndata: two\n\n');
  expect(observation.wire?.chunks.map((chunk) => chunk.digits)).toEqual(['b', '00000B', '0']);
  expect(observation.end?.reason).toBe('complete');
  expect(observation.reads.reduce((sum, read) => sum + read.bytes, 0)).toBe(answer.length);
});
