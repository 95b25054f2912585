import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../support/run-cli.ts';
import { configFile } from './support/config-file.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { startCommand } from './support/start-command.ts';

const FILE = `
listeners: [127.0.0.1:0]
headTimeout: 1m
upstreams:
  app: http://127.0.0.1:1
  mcp:
    targets: [http://127.0.0.1:2, http://127.0.0.1:3]
    health-check: { path: /healthz, headers: { Authorization: Bearer hush } }
routes:
  - { paths: [/mcp], upstream: mcp, kind: stream, queue: 5s }
  - { upstream: app }
`;

describe('--check-config', () => {
  it('says in one sentence that a file can be used, and starts nothing', async () => {
    const { code, stdout, stderr } = await runCli([
      'gateway',
      '--config',
      configFile(FILE),
      '--check-config',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe('the configuration can be used: 1 listener, 2 upstreams, 2 routes\n');
  });

  it('says what is wrong with it, with exit code 2', async () => {
    const file = configFile(`${FILE}queue: 5\n`);
    const { code, stdout, stderr } = await runCli(['gateway', '--config', file, '--check-config']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^.*gateway\.yaml:12:1: queue: "5" is not a duration.*\n$/);
  });

  it('says that a file is not there', async () => {
    const { code, stderr } = await runCli(['gateway', '--config', '/nowhere/g.yaml', '--check-config']);
    expect(code).toBe(2);
    expect(stderr).toBe('unclog: --config: cannot read /nowhere/g.yaml: there is no such file\n');
  });
});

describe('--print-config', () => {
  it('prints what is in force and where it came from: flag before environment before file before default', async () => {
    const file = configFile(FILE);
    const { code, stdout } = await runCli(
      ['gateway', '--config', file, '--print-config', '--max-streams', '7', '--connect-timeout', '3s'],
      { UNCLOG_CONNECT_TIMEOUT: '4s', UNCLOG_HEAD_TIMEOUT: '5s', UNCLOG_TRUSTED_PROXIES: '::1,10.0.0.0/8' },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('maxStreams: "7" # --max-streams\n');
    expect(stdout).toContain('connectTimeout: 3s # --connect-timeout\n');
    expect(stdout).toContain('headTimeout: 5s # UNCLOG_HEAD_TIMEOUT\n');
    expect(stdout).toContain('slowClientTimeout: 60s # default\n');
    expect(stdout).toContain(`app: http://127.0.0.1:1 # ${file}:5\n`);
    expect(parse(stdout)).toMatchObject({
      trustedProxies: ['::1', '10.0.0.0/8'],
      listeners: ['127.0.0.1:0'],
      routes: [
        { paths: ['/mcp'], queue: '5s', kind: 'stream' },
        { upstream: 'app', kind: 'ordinary' },
      ],
    });
  });

  it('hides secrets', async () => {
    const { stdout } = await runCli(['gateway', '--config', configFile(FILE), '--print-config']);
    expect(stdout).not.toContain('hush');
    expect(stdout).toMatch(/Authorization: "\*\*\*"/);
  });

  it('prints a file that says the same', async () => {
    const first = await runCli([
      'gateway',
      '--config',
      configFile(FILE.replace(/headers: .*\} \}/, '}')),
      '--print-config',
    ]);
    const second = await runCli(['gateway', '--config', configFile(first.stdout), '--print-config']);
    expect(second.code).toBe(0);
    expect(parse(second.stdout)).toEqual(parse(first.stdout));
  });
});

describe('a file with routes', () => {
  it('is served, on each of its addresses; flags hold for routes that say nothing themselves', async () => {
    const [app, slow] = [await startNamed('app'), await startNamed('slow')];
    slow.answer = () => {};
    const file = configFile(`
listeners: [127.0.0.1:0, { listen: 127.0.0.1:0 }]
upstreams: { app: "${app.url}", slow: { targets: "${slow.url}" } }
headTimeout: 100s
routes:
  - { paths: /own, upstream: slow, head-timeout: 200ms }
  - { paths: /slow, upstream: slow }
  - { paths: ["/app"], methods: [GET, POST], upstream: app, maxRequestBody: 4b }
`);
    const command = await startCommand(['--config', file, '--head-timeout', '1s']);
    const ports = await command.ports(2);
    for (const port of ports) expect((await fetchRaw(port, '/app')).body).toBe('app');
    expect((await fetchRaw(command.port, '/app', { method: 'POST', body: '12345' })).status).toBe(413);
    expect((await fetchRaw(command.port, '/none')).status).toBe(404);
    const [own, inherited] = await Promise.all(
      ['/own', '/slow'].map(async (path) => {
        const begun = performance.now();
        const { status } = await fetchRaw(command.port, path);
        return { status, tookMs: performance.now() - begun };
      }),
    );
    expect([own?.status, inherited?.status]).toEqual([504, 504]);
    expect(inherited?.tookMs).toBeGreaterThan(950);
    expect(own?.tookMs).toBeLessThan(inherited?.tookMs ?? 0);
  });

  it('gives way to --listen and --upstream', async () => {
    const [app, other] = [await startNamed('app'), await startNamed('other')];
    const file = configFile(`
listeners: [127.0.0.1:1, 127.0.0.1:2]
upstream: http://127.0.0.1:1
upstreams: { app: "${app.url}" }
routes: [{ paths: [/app], upstream: app }]
`);
    const command = await startCommand([
      '--config',
      file,
      '--listen',
      '127.0.0.1:0',
      '--upstream',
      other.url,
    ]);
    expect((await fetchRaw(command.port, '/app')).body).toBe('app');
    expect((await fetchRaw(command.port, '/')).body).toBe('other');
    expect(command.stderr().match(/^listening on/gm)).toHaveLength(1);
  });
});
