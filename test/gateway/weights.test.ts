import { describe, expect, it, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { configFile } from './support/config-file.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer } from './support/raw-peer.ts';
import { startCommand } from './support/start-command.ts';

const SOON = { timeout: 10_000, interval: 10 };

/** A gateway started from a file: `heavy` has the weight 3, `light` none of its own. */
async function startWeighted(balance: string) {
  const [heavy, light] = [await startNamed('heavy'), await startNamed('light')];
  const file = configFile(`
upstreams:
  all:
    targets: [{ url: "${heavy.url}", weight: 3 }, "${light.url}"]
    ejection: off
    ${balance}
routes: [{ paths: [/stream], upstream: all, kind: stream }, { upstream: all }]
`);
  const { port } = await startCommand(['--config', file, '--listen', '127.0.0.1:0']);
  return { heavy, light, port };
}

describe('a target of weight 3 beside one of weight 1', () => {
  it('gets three requests of four by round robin, not all in a row', async () => {
    const { port } = await startWeighted('balance: round-robin');
    const names: string[] = [];
    for (let i = 0; i < 8; i++) names.push((await fetchRaw(port, '/')).body);
    expect(names.join(' ')).toBe('heavy heavy light heavy heavy heavy light heavy');
  });

  it('gets three streams of four by least streams', async () => {
    const { heavy, light, port } = await startWeighted('balance: least-streams');
    for (const target of [heavy, light])
      target.answer = (_req, res) =>
        void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    for (let i = 0; i < 12; i++) {
      const client = await connectPeer(port);
      client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.head();
    }
    expect([heavy.requests.length, light.requests.length]).toEqual([9, 3]);
  });

  it('gets about three sessions of four by their hash', async () => {
    const { heavy, light, port } = await startWeighted('balance: sticky\n    stickyHeader: X-Session');
    for (let i = 0; i < 200; i++) await fetchRaw(port, '/', { fields: [`X-Session: session-${i}`] });
    // 150 and 50 are expected; five standard deviations of that are 31.
    expect(heavy.requests.length).toBeGreaterThan(119);
    expect(heavy.requests.length).toBeLessThan(181);
    expect(heavy.requests.length + light.requests.length).toBe(200);
  });

  it('leaves all requests to the other while it gives no connection', async () => {
    const { heavy, port } = await startWeighted('balance: round-robin');
    await heavy.stop();
    for (let i = 0; i < 8; i++) expect((await fetchRaw(port, '/')).body).toBe('light');
    await heavy.start();
    await vi.waitFor(async () => expect((await fetchRaw(port, '/')).body).toBe('heavy'), SOON);
  }, 30_000);
});

it.each([
  ['0', '0" is not a whole number of at least 1'],
  ['1001', '1001 is not a whole number from 1 to 1000'],
  ['1.5', '1.5" is not a whole number of at least 1'],
])('the weight %s is refused, and told where it stands', async (weight, sentence) => {
  const file = configFile(
    `upstreams:\n  a:\n    targets:\n      - { url: "http://127.0.0.1:1", weight: ${weight} }\nroutes: [{ upstream: a }]\n`,
  );
  const { code, stderr } = await runCli(['gateway', '--config', file, '--check-config']);
  expect(code).toBe(2);
  expect(stderr).toContain(`${file}:4:`);
  expect(stderr).toContain('upstreams.a.targets[0].weight: ');
  expect(stderr).toContain(sentence);
});
