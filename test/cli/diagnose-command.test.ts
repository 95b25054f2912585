import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/types.ts';
import { runCli } from '../support/run-cli.ts';
import { startTcpHop, type TcpHop, untilTheEnd } from '../support/tcp-hop.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

describe('unclog probe --save, and unclog diagnose without a network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-diagnose-'));
  const file = join(folder, 'run.json');
  let server: TestServer;
  let holding: TcpHop;
  beforeAll(async () => {
    server = await startTestServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      everyInterval(
        response,
        { intervalMs: 80, count: 15 },
        (n) => response.write(`id: ${n}\ndata: ${n}\n\n`),
        () => response.end(),
      );
    });
    holding = await startTcpHop(server.url, untilTheEnd);
  });
  afterAll(async () => {
    await holding.close();
    rmSync(folder, { recursive: true });
  });

  it('give the same report and the same exit code, also when nobody answers any more', async () => {
    const live = await runCli([
      ...['--json', '--save', file, '--max-hold', '150ms'],
      ...[`app=${server.url}/stream`, `edge=${holding.through(`${server.url}/stream`)}`],
    ]);
    expect(live.code).toBe(1);
    expect((JSON.parse(live.stdout) as Report).hops.map(({ verdict }) => verdict)).toEqual([
      'streaming',
      'held',
    ]);
    expect(statSync(file).mode & 0o077).toBe(0);
    server.close();
    const again = await runCli(['diagnose', '--json', file]);
    expect(again.stderr).toBe('');
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(live.stdout));
    expect(again.code).toBe(1);
    const milder = await runCli([
      'diagnose',
      file,
      '--max-hold',
      '1h',
      '--output',
      `json=${join(folder, 'r.json')}`,
    ]);
    expect(milder.stdout).toMatch(/^streaming {3}/);
    expect(milder.code).toBe(0);
  });

  it('say in one sentence what cannot be judged, with exit code 2', async () => {
    const nothing = await runCli(['diagnose']);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toMatch(
      /^unclog: no file given, expected unclog diagnose FILE….*--save FILE writes one\n$/,
    );
    const missing = await runCli(['diagnose', 'nowhere.json']);
    expect(missing).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'unclog: nowhere.json: there is no such file\n',
    });
    const directory = await runCli(['diagnose', folder]);
    expect(directory).toMatchObject({ code: 2, stderr: `unclog: ${folder}: it is a folder\n` });
  });
});
