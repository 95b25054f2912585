import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

const GET = 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n';

it('a pipelined request opens no upstream until the answer before it is whole', async () => {
  const { client, origin, upstream } = await startExchange(GET + GET.replace('/stream', '/stream/2'));
  origin.write(CHUNKED_HEAD + chunk('data: one\n\n'));
  await client.until('data: one');
  await sleep(100);
  expect(upstream.accepted).toBe(1);
  origin.write('0\r\n\r\n');
  const second = await upstream.next();
  await second.until('GET /stream/2 ');
  second.write(`${CHUNKED_HEAD}${chunk('data: two\n\n')}0\r\n\r\n`);
  const text = await client.until(/two\n\n\r\n0\r\n\r\n/);
  // The second head comes after the first body's end, and neither is mixed into the other.
  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  expect(text.indexOf('HTTP/1.1', 5)).toBe(text.indexOf('0\r\n\r\n') + 5);
});

it('a pipelined body waits with its request', async () => {
  const post = 'POST /stream/p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
  const { client, origin, upstream } = await startExchange(GET + post);
  origin.write(`${CHUNKED_HEAD}0\r\n\r\n`);
  const second = await upstream.next();
  await second.until('\r\n\r\nhello');
  second.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
  await client.until('201 Created');
});

it('a hundred pipelined requests open no hundred upstream connections', async () => {
  const { upstream, gateway } = await startPath();
  const client = await connectPeer(gateway.address.port);
  client.write(GET.repeat(100));
  await client.untilEnd();
  await gateway.exchange();
  expect(upstream.accepted).toBeLessThan(2);
  expect(gateway.running.openExchanges).toBe(0);
});

it('a client that leaves while a pipelined body waits is noticed', async () => {
  const post = `POST /stream/p HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n${'x'.repeat(40_000)}`;
  const { client, origin } = await startExchange(GET + post);
  origin.write(CHUNKED_HEAD);
  await client.head();
  await sleep(50);
  client.socket.destroy();
  await origin.untilEnd();
});

it('a pipelined body beyond the bound ends the connection', async () => {
  const { client, origin, upstream } = await startExchange(
    `${GET}POST /stream/p HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n`,
  );
  client.write('x'.repeat(200_000));
  await client.untilEnd();
  await origin.untilEnd();
  expect(upstream.accepted).toBe(1);
});

it('garbage after a request never puts an answer into a stream under way', async () => {
  const { client, origin } = await startExchange(GET);
  origin.write(CHUNKED_HEAD + chunk('data: one\n\n'));
  await client.until('data: one');
  client.write('this is no request\r\n\r\n');
  await client.untilEnd();
  await origin.untilEnd();
  expect(client.text).not.toContain('400');
});

it('a connection serves one request after the other, and nothing of one is left when the next begins', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const { upstream, gateway } = await startPath();
  const client = await connectPeer(gateway.address.port);
  for (let n = 0; n < 30; n++) {
    client.text = '';
    client.write(GET);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(`${CHUNKED_HEAD}${chunk(`data: ${n}\n\n`)}0\r\n\r\n`);
    await client.until('0\r\n\r\n');
  }
  // Node warns of listeners that pile up on a connection.
  expect(warnings).toEqual([]);
});
