import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GatewayOptionError } from '../../src/gateway/option-error.ts';
import { runCli } from '../support/run-cli.ts';
import { connectPeer, type RawPeer, type ScriptedUpstream, startUpstream } from './support/raw-peer.ts';
import { type RunningCommand, startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };

interface ConfigFile {
  path: string;
  write(text: string): void;
}

function configFile(text: string): ConfigFile {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-reload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'gateway.yaml');
  const write = (next: string): void => writeFileSync(path, next);
  write(text);
  return { path, write };
}

/** A stream through the gateway to this upstream, one event on it. */
async function openStream(port: number, upstream: ScriptedUpstream, path = '/stream') {
  const client = await connectPeer(port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const origin = await upstream.next();
  await origin.until('\r\n\r\n');
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  return { client, origin };
}

/** Resolves when several requests in a row have gone to one upstream and none to the other. */
async function untilServedBy(wanted: ScriptedUpstream, other: ScriptedUpstream, port: number): Promise<void> {
  let inARow = 0;
  await vi.waitUntil(async () => {
    const [before, otherBefore] = [wanted.accepted, other.accepted];
    const probe = await connectPeer(port);
    probe.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitUntil(() => wanted.accepted > before || other.accepted > otherBefore, SOON);
    probe.socket.destroy();
    const isServed = wanted.accepted > before;
    // Taken out, so that the next one is that of a test.
    await (isServed ? wanted : other).next();
    inARow = isServed ? inARow + 1 : 0;
    return inARow === 4;
  }, SOON);
}

async function flows({ client, origin }: { client: RawPeer; origin: RawPeer }): Promise<void> {
  const text = `data: ${Math.random()}\n\n`;
  origin.write(chunk(text));
  await client.until(text);
}

const logged = (command: RunningCommand, msg: RegExp) =>
  vi.waitUntil(() => command.log().find((line) => msg.test(String(line.msg))), SOON);

describe.each([
  ['one process', []],
  ['two workers', ['--workers', '2']],
])('unclog gateway, %s', (_what, more) => {
  it('puts the file in force anew on SIGHUP: for what comes then, never for what is under way', async () => {
    const [one, two] = [await startUpstream(), await startUpstream()];
    const file = configFile(`upstream: ${one.url}\n`);
    const command = await startCommand(['--config', file.path, '--listen', '127.0.0.1:0', ...more]);
    const before = await openStream(command.port, one);
    const pooled = await openStream(command.port, one, '/chat');
    file.write(`upstream: ${two.url}\nvia: edge-2\n`);
    command.child.kill('SIGHUP');
    await logged(command, /^reloaded$/);
    await untilServedBy(two, one, command.port);
    const after = await openStream(command.port, two);
    expect((await after.client.head()).fields.via).toBe('1.1 edge-2');
    await flows(before);
    await flows(pooled);
    await flows(after);
  });

  it('keeps what was in force when the file is bad, and says which line is at fault', async () => {
    const one = await startUpstream();
    const file = configFile(`upstream: ${one.url}\n`);
    const command = await startCommand(['--config', file.path, '--listen', '127.0.0.1:0', ...more]);
    const before = await openStream(command.port, one);
    file.write(`upstream: ${one.url}\nvia: edge-2\nheadTimeout: 30\n`);
    command.child.kill('SIGHUP');
    const line = await logged(command, /not reloaded/);
    expect(line).toMatchObject({ level: 50, why: 'SIGHUP' });
    expect(line.msg).toContain(`${file.path}:3:1: headTimeout: "30" is not a duration`);
    file.write('upstream: ftp://x\n');
    command.child.kill('SIGHUP');
    await vi.waitUntil(
      () => command.log().filter(({ msg }) => /not reloaded/.test(String(msg))).length === 2,
      SOON,
    );
    await flows(before);
    const after = await openStream(command.port, one);
    expect((await after.client.head()).fields).not.toHaveProperty('via');
  });
});

it('unclog gateway --watch reloads when the file has changed, also when another takes its place', async () => {
  const [one, two] = [await startUpstream(), await startUpstream()];
  const file = configFile(`upstream: ${one.url}\n`);
  const command = await startCommand(['--config', file.path, '--watch', '--listen', '127.0.0.1:0']);
  const before = await openStream(command.port, one);
  file.write(`upstream: ${two.url}\n`);
  const line = await logged(command, /^reloaded$/);
  expect(line.why).toBe(`${file.path} has changed`);
  await flows(await openStream(command.port, two));
  await flows(before);
});

it('unclog gateway without --watch looks at the file only when told to', async () => {
  const one = await startUpstream();
  const file = configFile(`upstream: ${one.url}\n`);
  const command = await startCommand(['--config', file.path, '--listen', '127.0.0.1:0']);
  file.write('upstream: nonsense\n');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(command.log()).toEqual([]);
  command.child.kill('SIGHUP');
  await logged(command, /not reloaded/);
});

it('--watch without a file is refused', async () => {
  const { code, stderr } = await runCli(['gateway', '--upstream', 'http://127.0.0.1:1', '--watch']);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^unclog: --watch: there is no file to watch, expected --config FILE$/m),
  ]);
});

it('says what takes a restart, and puts the rest in force', async () => {
  const one = await startUpstream();
  const file = configFile(`upstream: ${one.url}\nlogLevel: info\n`);
  const command = await startCommand(['--config', file.path, '--listen', '127.0.0.1:0']);
  file.write(
    `upstream: ${one.url}\nlogLevel: warn\nadmin: 127.0.0.1:1\nworkers: 2\nmaxConnections: 7\nvia: edge-2\n`,
  );
  command.child.kill('SIGHUP');
  const line = await logged(command, /restart/);
  expect(line.needRestart).toEqual(['admin', 'maxConnections', 'workers']);
  const { client } = await openStream(command.port, one);
  expect((await client.head()).fields.via).toBe('1.1 edge-2');
  client.socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(command.log().filter(({ msg }) => msg === 'exchange')).toEqual([]);
});

it('500 live streams notice nothing of twenty reloads, and the old connections go with the last of them', async () => {
  const [one, two] = [await startUpstream(), await startUpstream()];
  const gateway = await startGateway(one.url);
  const { port } = gateway.address;
  const pairs = [];
  for (let i = 0; i < 500; i++) pairs.push(await openStream(port, one, i % 2 === 0 ? '/stream' : '/chat'));
  for (let i = 0; i < 20; i++) gateway.running.reload({ upstream: i % 2 === 0 ? two.url : one.url });
  gateway.running.reload({ upstream: two.url });
  await Promise.all(pairs.map(flows));
  await flows(await openStream(port, two));
  for (const { origin } of pairs) origin.write('0\r\n\r\n');
  await Promise.all(pairs.map(({ client }) => client.until('\r\n0\r\n\r\n')));
  // Those of ordinary routes are kept for the next request, unless there will be none.
  await Promise.all(pairs.map(({ origin }) => origin.untilEnd()));
  expect(gateway.running.openExchanges).toBe(1);
});

it('options that cannot be used are refused, and the old ones stay', async () => {
  const one = await startUpstream();
  const gateway = await startGateway(one.url);
  expect(() => gateway.running.reload({ upstream: 'ftp://x' })).toThrow(GatewayOptionError);
  await flows(await openStream(gateway.address.port, one));
});
