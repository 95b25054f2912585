import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { parseMetrics } from './support/admin-client.ts';
import { connectPeer, type RawPeer, startUpstream } from './support/raw-peer.ts';
import { type RunningCommand, startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

const STREAM = 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n';
const SOON = { timeout: 10_000, interval: 10 };

interface LiveStream {
  pid: number;
  client: string;
}

interface Pair {
  client: RawPeer;
  origin: RawPeer;
}

/** Two workers with an admin server, and so many streams through them. */
async function startWorkers(streams: number, more: string[] = []) {
  const upstream = await startUpstream();
  const command = await startCommand([
    ...['--upstream', upstream.url, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--workers', '2'],
    ...more,
  ]);
  const pairs: Pair[] = [];
  for (let i = 0; i < streams; i++) pairs.push(await openStream(command, upstream));
  return { upstream, command, pairs };
}

async function openStream(
  command: RunningCommand,
  upstream: Awaited<ReturnType<typeof startUpstream>>,
): Promise<Pair> {
  const client = await connectPeer(command.port);
  client.write(STREAM);
  const origin = await upstream.next();
  await origin.until('\r\n\r\n');
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  return { client, origin };
}

async function listed(command: RunningCommand): Promise<{ total: number; streams: LiveStream[] }> {
  const answer = await fetch(`${command.adminUrl}/streams`);
  return (await answer.json()) as { total: number; streams: LiveStream[] };
}

async function metric(command: RunningCommand, series: string): Promise<number | undefined> {
  const text = await (await fetch(`${command.adminUrl}/metrics`)).text();
  return parseMetrics(text).series.get(series);
}

const COMPLETE = 'unclog_requests_ended_total{route="stream",outcome="complete"}';

describe('unclog gateway --workers 2', () => {
  it('spreads streams over both workers, which answer as one on the admin server', async () => {
    const { command, pairs } = await startWorkers(20);
    expect(command.stderr().match(/listening on/g)).toHaveLength(1);
    const { total, streams } = await listed(command);
    expect(total).toBe(20);
    const pids = new Set(streams.map(({ pid }) => pid));
    expect(pids.size).toBe(2);
    expect(pids).not.toContain(command.child.pid);
    expect(await metric(command, 'unclog_open_streams{route="stream"}')).toBe(20);
    for (const { origin } of pairs) origin.write('0\r\n\r\n');
    await Promise.all(pairs.map(({ client }) => client.until('\r\n0\r\n\r\n')));
    await vi.waitUntil(async () => (await metric(command, COMPLETE)) === 20, SOON);
    expect(await metric(command, 'unclog_draining')).toBe(0);
    const text = await (await fetch(`${command.adminUrl}/metrics`)).text();
    expect(text).toMatch(/^unclog_build_info\{version="[^"]+"\} 1$/m);
  });

  it('replaces a worker that is killed; the streams of the other one do not notice, and no count falls', async () => {
    const { command, upstream, pairs } = await startWorkers(10);
    for (const { origin } of pairs.slice(0, 4)) origin.write('0\r\n\r\n');
    await vi.waitUntil(async () => (await metric(command, COMPLETE)) === 4, SOON);
    const { streams } = await listed(command);
    const victim = streams[0]?.pid as number;
    const pidOf = new Map(streams.map(({ client, pid }) => [client, pid]));
    const open = pairs.slice(4);
    const isVictims = ({ client }: Pair) => pidOf.get(`127.0.0.1:${client.socket.localPort}`) === victim;
    process.kill(victim, 'SIGKILL');

    const [lost, kept] = [open.filter(isVictims), open.filter((pair) => !isVictims(pair))];
    expect(lost.length).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThan(0);
    await Promise.all(lost.flatMap(({ client, origin }) => [client.untilEnd(), origin.untilEnd()]));
    for (const { client } of lost) expect(client.text).not.toContain('\r\n0\r\n\r\n');
    for (const { client, origin } of kept) {
      origin.write(chunk('data: after\n\n'));
      await client.until('data: after');
      expect(client.ended).toBeNull();
    }

    const died = () => command.log().find(({ msg }) => msg === 'worker died');
    await vi.waitUntil(() => died() !== undefined, SOON);
    expect(died()).toMatchObject({ worker: victim, signal: 'SIGKILL', replacedInMs: 0 });
    // Connections go in turn, so that the replacement gets one as soon as it listens.
    await vi.waitUntil(async () => {
      await openStream(command, upstream);
      const pids = new Set((await listed(command)).streams.map(({ pid }) => pid));
      return pids.size === 2 && !pids.has(victim);
    }, SOON);
    expect(await metric(command, COMPLETE)).toBe(4);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'drains on %s: both workers let streams end, and end the rest between two events',
    async (signal) => {
      const { command, pairs } = await startWorkers(6, ['--drain-timeout', '1s']);
      const [ends, stays] = [pairs.slice(0, 2), pairs.slice(2)];
      const { streams } = await listed(command);
      command.child.kill(signal);
      await vi.waitUntil(() => command.log().filter(({ msg }) => msg === 'draining').length === 2, SOON);
      expect((await fetch(`${command.adminUrl}/readyz`)).status).toBe(503);
      for (const { client, origin } of ends) {
        origin.write(`${chunk('data: b\n\n')}0\r\n\r\n`);
        await client.until('\r\n0\r\n\r\n');
      }
      const [code] = await once(command.child, 'close');
      expect(code).toBe(0);
      for (const { client } of stays) {
        await client.untilEnd();
        expect(client.text.endsWith('data: a\n\n\r\n0\r\n\r\n')).toBe(true);
      }
      for (const { pid } of streams) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
  );

  it('a second signal ends the wait', async () => {
    const { command } = await startWorkers(4, ['--drain-timeout', '1h']);
    command.child.kill('SIGTERM');
    await vi.waitUntil(() => command.log().filter(({ msg }) => msg === 'draining').length === 2, SOON);
    command.child.kill('SIGTERM');
    const [code] = await once(command.child, 'close');
    expect(code).toBe(0);
  });

  it('leaves no worker behind when the first process is killed', async () => {
    const { command, pairs } = await startWorkers(4);
    const { streams } = await listed(command);
    command.child.kill('SIGKILL');
    await Promise.all(pairs.map(({ client }) => client.untilEnd()));
    for (const { pid } of streams)
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), SOON);
  });

  it('gives each worker its share of the limits', async () => {
    const { command, upstream } = await startWorkers(4, ['--max-streams', '4']);
    const client = await connectPeer(command.port);
    client.write(STREAM);
    expect((await client.head()).status).toBe(503);
    expect(upstream.accepted).toBe(4);
  });

  it('ends with 1 and one sentence when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await runCli([
      ...['gateway', '--upstream', 'http://127.0.0.1:1', '--listen', `127.0.0.1:${port}`],
      ...['--workers', '2', '--log-level', 'silent'],
    ]);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: the port is already taken`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });

  it('takes the number from the environment, too', async () => {
    const upstream = await startUpstream();
    const command = await startCommand(
      ['--upstream', upstream.url, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
      { UNCLOG_WORKERS: '2' },
    );
    for (let i = 0; i < 4; i++) await openStream(command, upstream);
    expect(new Set((await listed(command)).streams.map(({ pid }) => pid)).size).toBe(2);
  });
});
