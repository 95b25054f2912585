import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type RunningCommand, startCommand } from '../gateway/support/start-command.ts';
import { startProxy } from '../support/deployed-proxy.ts';
import { spawnOrigin } from '../support/spawn-origin.ts';
import { hasTool } from '../support/tools.ts';

const CONFIG = readFileSync(new URL('../../docs/deploy/haproxy.cfg', import.meta.url), 'utf8');
const CLIENTS = 30;
const SOON = { timeout: 30_000, interval: 50 };

interface Client {
  /** Ids of events, in the order in which they came, over all connections. */
  ids: number[];
  /** Connections so far. */
  connections: number;
  isOpen: boolean;
  /** Answers that were no stream, and connections that ended without one. */
  failures: number;
}

/** What an EventSource does: reads events, and when the stream ends asks again from behind the last one. */
function startClient(port: number): Client {
  const client: Client = { ids: [], connections: 0, isOpen: false, failures: 0 };
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const open = (): void => {
    if (isOver) return;
    const last = client.ids.at(-1);
    const parser = createParser({
      onEvent: ({ id }: EventSourceMessage) => void client.ids.push(Number(id)),
    });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    // HTTP/1.0: no chunks, so that what comes behind the head is the stream itself.
    const resume = last === undefined ? '' : `Last-Event-ID: ${last}\r\n`;
    socket.write(`GET /stream HTTP/1.0\r\nHost: a\r\nAccept: text/event-stream\r\n${resume}\r\n`);
    let head = '';
    socket.on('data', (piece) => {
      if (client.isOpen) {
        parser.feed(piece.toString());
        return;
      }
      head += piece.toString();
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      client.isOpen = head.startsWith('HTTP/1.1 200') || head.startsWith('HTTP/1.0 200');
      if (!client.isOpen) return;
      client.connections++;
      parser.feed(head.slice(end + 4));
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!client.isOpen) client.failures++;
      client.isOpen = false;
      setTimeout(open, 100 + 200 * Math.random());
    });
  };
  open();
  return client;
}

const startPeers = async () => {
  const origin = await spawnOrigin(['--interval', '100ms']);
  onTestFinished(() => origin.stop());
  const args = [
    '--upstream',
    new URL(origin.url).origin,
    '--listen',
    '127.0.0.1:0',
    '--admin',
    '127.0.0.1:0',
  ];
  const drain = ['--drain-delay', '3s', '--drain-timeout', '2s'];
  const peers = await Promise.all([0, 1, 2].map(() => startCommand([...args, ...drain])));
  const [a, b, c] = peers as [RunningCommand, RunningCommand, RunningCommand];
  const adminPort = ({ adminUrl }: RunningCommand): number => Number(new URL(adminUrl ?? '').port);
  const proxy = await startProxy('haproxy', CONFIG, {
    ...{ 8080: a.port, 8083: b.port, 8084: c.port },
    ...{ 9080: adminPort(a), 9083: adminPort(b), 9084: adminPort(c) },
  });
  const clients = Array.from({ length: CLIENTS }, () => startClient(proxy.port));
  await vi.waitUntil(() => clients.every(({ ids }) => ids.length >= 3), SOON);
  return { peers: [a, b, c] as const, clients };
};

async function openStreams({ adminUrl }: RunningCommand): Promise<number> {
  const { total } = (await (await fetch(`${adminUrl}/streams`)).json()) as { total: number };
  return total;
}

/** Every client has gone on without a gap and without a repeat. */
async function expectUnbroken(clients: readonly Client[]): Promise<void> {
  const before = clients.map(({ ids }) => ids.length);
  await vi.waitUntil(() => clients.every(({ ids }, i) => ids.length >= (before[i] as number) + 5), SOON);
  for (const { ids } of clients) expect(ids).toEqual(ids.map((_, i) => i + 1));
}

describe.skipIf(!hasTool('haproxy'))('three gateways behind HAProxy, as docs/deploy has it', () => {
  it('share the clients; those of one that is killed go on with another from their last event', async () => {
    const { peers, clients } = await startPeers();
    const [victim, ...others] = peers;
    const shares = await Promise.all(peers.map(openStreams));
    expect(shares.reduce((sum, n) => sum + n)).toBe(CLIENTS);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(5);
    victim.child.kill('SIGKILL');
    await vi.waitUntil(
      () => clients.filter(({ connections }) => connections === 2).length === shares[0],
      SOON,
    );
    await expectUnbroken(clients);
    expect((await Promise.all(others.map(openStreams))).reduce((sum, n) => sum + n)).toBe(CLIENTS);
    // The others have noticed nothing.
    expect(clients.filter(({ connections }) => connections === 1)).toHaveLength(
      CLIENTS - (shares[0] as number),
    );
  }, 90_000);

  it('hand over the clients of one that is stopped: no client gets an error, none misses an event', async () => {
    const { peers, clients } = await startPeers();
    const [leaver] = peers;
    const share = await openStreams(leaver);
    const exited = new Promise((resolve) => leaver.child.once('exit', resolve));
    leaver.child.kill('SIGTERM');
    await sleep(1_000);
    // Readiness goes first; the streams still flow.
    expect((await fetch(`${leaver.adminUrl}/readyz`)).status).toBe(503);
    expect(await openStreams(leaver)).toBe(share);
    expect(await exited).toBe(0);
    await vi.waitUntil(() => clients.every(({ isOpen }) => isOpen), SOON);
    expect(clients.filter(({ connections }) => connections === 2)).toHaveLength(share);
    await expectUnbroken(clients);
    expect(clients.filter(({ failures }) => failures > 0)).toEqual([]);
    const ends = leaver.log().filter(({ msg, route }) => msg === 'exchange' && route === 'stream');
    expect(ends.map(({ outcome }) => outcome)).toEqual(Array.from({ length: share }, () => 'drained'));
  }, 90_000);
});
