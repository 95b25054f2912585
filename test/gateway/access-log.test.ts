import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startGateway } from './support/start-gateway.ts';

const PATHS = ['/stream', '/chat'];

describe.each(PATHS)('the line of a stream on %s', (path) => {
  const request = `GET ${path}?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n`;

  it('says how long head, first byte and first event took, what came, and who ended it', async () => {
    const { client, origin, gateway, upstream } = await startExchange(request);
    await sleep(120);
    origin.write(CHUNKED_HEAD);
    await client.head();
    await sleep(120);
    origin.write(chunk(': hi\n'));
    await client.until('hi');
    await sleep(120);
    origin.write(chunk('data: a\n\n') + chunk('data: b\n\n'));
    await client.until('data: b');
    origin.write('0\r\n\r\n');
    await client.until('\r\n0\r\n\r\n');
    const line = (await gateway.exchange()) as unknown as Record<string, number>;
    expect(line).toMatchObject({
      ...{ msg: 'exchange', method: 'GET', path, route: path === '/stream' ? 'stream' : 'ordinary' },
      ...{ target: upstream.url, status: 200, outcome: 'complete', endedBy: 'upstream' },
      ...{ events: 2, payloadBytes: 23, httpVersion: '1.1' },
    });
    const { headMs = 0, firstByteMs = 0, firstEventMs = 0, durationMs = 0, pieces = 0 } = line;
    expect(headMs).toBeGreaterThanOrEqual(119);
    expect(firstByteMs - headMs).toBeGreaterThanOrEqual(119);
    expect(firstEventMs - firstByteMs).toBeGreaterThanOrEqual(119);
    expect(durationMs).toBeGreaterThanOrEqual(firstEventMs);
    expect(pieces).toBeGreaterThanOrEqual(2);
    expect(pieces).toBeLessThanOrEqual(3);
    expect(line).not.toHaveProperty('hold');
    expect(JSON.stringify(gateway.log)).not.toContain('secret');
  });

  it('has no number of events where not all were looked at', async () => {
    const { client, origin, gateway } = await startExchange(request);
    origin.write(CHUNKED_HEAD);
    for (let n = 0; n < 200; n++) {
      origin.write(chunk(`data: ${n}!\n\n`));
      await client.until(`data: ${n}!`);
    }
    client.socket.destroy();
    const line = await gateway.exchange();
    expect(line).toMatchObject({ outcome: 'client-gone', endedBy: 'client', pieces: 200 });
    expect(line).not.toHaveProperty('events');
  });
});

it('lines of newline-delimited JSON are counted as events are', async () => {
  const { client, origin, gateway } = await startExchange(undefined, {
    streamTypes: ['application/x-ndjson'],
  });
  origin.write(CHUNKED_HEAD.replace('text/event-stream', 'application/x-ndjson'));
  origin.write(chunk('{"a":1}\n{"b"') + chunk(':2}\n'));
  await client.until('2}');
  origin.write('0\r\n\r\n');
  await client.until('\r\n0\r\n\r\n');
  expect(await gateway.exchange()).toMatchObject({ events: 2, pieces: 2, firstEventMs: expect.any(Number) });
});

it.each(PATHS)('an upstream that breaks off on %s is named as the one who did', async (path) => {
  const { client, origin, gateway } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  origin.socket.destroy();
  expect(await gateway.exchange()).toMatchObject({
    level: 40,
    outcome: 'upstream-broken',
    endedBy: 'upstream',
  });
});

it.each(PATHS)('the gateway names itself where it refuses on %s', async (path) => {
  const gateway = await startGateway('http://127.0.0.1:9');
  const client = await connectPeer(gateway.address.port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.head();
  const line = await gateway.exchange();
  expect(line).toMatchObject({ outcome: 'refused', endedBy: 'gateway', status: 502, pieces: 0 });
  expect(line).not.toHaveProperty('headMs');
});
