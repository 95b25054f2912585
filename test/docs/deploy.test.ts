import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { listen } from '../../src/http/listen.ts';
import { connectPeer } from '../gateway/support/raw-peer.ts';
import { startCommand } from '../gateway/support/start-command.ts';
import { startProxy } from '../support/deployed-proxy.ts';
import { hasTool } from '../support/tools.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../docs/deploy/${name}`, import.meta.url));
const read = (name: string): string => readFileSync(path(name), 'utf8');

/** An application with a stream, and a plain answer on every other path. */
async function startApplication(): Promise<number> {
  const server = createServer((req, res) => {
    if (!req.url?.startsWith('/stream')) {
      res.end('plain');
      return;
    }
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let n = 0;
    const timer = setInterval(() => res.write(`id: ${++n}\ndata: ${n}\n\n`), 100);
    res.on('close', () => clearInterval(timer));
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return port;
}

/** Starts the gateway with arguments as a page shows them, less the addresses of its surroundings. */
async function startAsShown(args: readonly string[], application: number) {
  const own = args.filter((arg) => !/^--(?:upstream|listen|admin|config)\b/.test(arg));
  const here = [
    '--upstream',
    `http://127.0.0.1:${application}`,
    '--listen',
    '127.0.0.1:0',
    '--admin',
    '127.0.0.1:0',
  ];
  return startCommand([...own, ...here]);
}

const seconds = (text: string | undefined): number => Number(/^(\d+)s?$/.exec(text ?? '')?.[1]);
const flag = (args: readonly string[], name: string): number =>
  seconds(new RegExp(`--${name}[= ](\\d+s)`).exec(args.join(' '))?.[1] ?? '0s');

/** `--drain-delay`, `--drain-timeout`, the time for what was written last, and some more to end in. */
const needs = (args: readonly string[]): number =>
  flag(args, 'drain-delay') + flag(args, 'drain-timeout') + 2 + 3;

describe('docs/deploy', () => {
  it.skipIf(!hasTool('systemd'))('unclog-gateway.service is a unit that systemd takes', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', path('unclog-gateway.service')], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('unclog-gateway.service starts the gateway with gateway.yaml, which the gateway takes, and waits long enough', async () => {
    const unit = read('unclog-gateway.service');
    expect(unit).toContain('unclog gateway --config /etc/unclog/gateway.yaml\n');
    expect(read('gateway.yaml')).toContain('# /etc/unclog/gateway.yaml\n');
    const { drainTimeout } = parse(read('gateway.yaml'));
    expect(seconds(/TimeoutStopSec=(\d+)s/.exec(unit)?.[1])).toBeGreaterThanOrEqual(
      needs([`--drain-timeout=${drainTimeout}`]),
    );
    const folder = mkdtempSync(join(tmpdir(), 'unclog-deploy-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, read('gateway.yaml').replace(/^(listen|admin): .*$/gm, '$1: 127.0.0.1:0'));
    const { adminUrl } = await startCommand(['--config', file, '--admin', '127.0.0.1:0']);
    expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
  });

  it('compose.yaml has a command that the gateway takes, and waits long enough', async () => {
    const { gateway } = parse(read('compose.yaml')).services;
    const [command, ...args] = gateway.command.split(' ');
    expect(command).toBe('gateway');
    expect(gateway.stop_signal).toBe('SIGTERM');
    expect(seconds(gateway.stop_grace_period)).toBeGreaterThanOrEqual(needs(args));
    await startAsShown(pairless(args), await startApplication());
  });

  it('kubernetes.yaml has arguments that the gateway takes, probes that it answers, and waits long enough', async () => {
    const documents = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    });
    const [deployment, service, budget, scaler] = documents;
    expect(documents.map(({ kind }) => kind)).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
    ]);
    const { spec } = deployment.spec.template;
    const [container] = spec.containers;
    const [command, ...args] = container.args;
    expect(command).toBe('gateway');
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needs(args));
    const running = await startAsShown(args, await startApplication());
    for (const probe of [container.readinessProbe, container.livenessProbe]) {
      expect(probe.httpGet.port).toBe('admin');
      expect((await fetch(running.adminUrl + probe.httpGet.path)).status).toBe(200);
    }
    // Out of the endpoints before connections are refused.
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(flag(args, 'drain-delay')).toBeGreaterThan(periodSeconds * failureThreshold);
    const { labels } = deployment.spec.template.metadata;
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ])
      expect(labels).toMatchObject(selector);
    expect(scaler.spec.scaleTargetRef.name).toBe(deployment.metadata.name);
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text();
    expect(metrics).toContain(`\n${scaler.spec.metrics[0].pods.metric.name}{`);
  });

  it('README.md names every file beside it', () => {
    const page = read('README.md');
    const named = [...page.matchAll(/\]\(([\w.-]+)\)/g)].map((match) => match[1] as string);
    for (const name of named) expect(existsSync(path(name))).toBe(true);
    const files = [
      'unclog-gateway.service',
      'gateway.yaml',
      'compose.yaml',
      'kubernetes.yaml',
      'nginx.conf',
      'haproxy.cfg',
      'Caddyfile',
    ];
    expect(named).toEqual(expect.arrayContaining(files));
  });

  describe.each([
    ['nginx', 'nginx.conf'],
    ['caddy', 'Caddyfile'],
  ] as const)('%s with %s', (product, file) => {
    it.skipIf(!hasTool(product))(
      'lets streams through the gateway flow, and sends the rest straight on',
      async () => {
        const application = await startApplication();
        const gateway = await startAsShown([], application);
        const proxy = await startProxy(product, read(file), { 8080: gateway.port, 8000: application });
        const client = await connectPeer(proxy.port);
        client.write('GET /stream HTTP/1.1\r\nHost: example.test\r\n\r\n');
        await client.until('data: 3\n\n');
        const { fields } = await client.head();
        expect(fields.incremental).toBe('?1');
        if (product === 'nginx') expect(fields['x-accel-buffering']).toBe('no');
        const { streams } = (await (await fetch(`${gateway.adminUrl}/streams`)).json()) as {
          streams: { state: string }[];
        };
        expect(streams).toMatchObject([{ state: 'flowing' }]);
        client.socket.destroy();
        const plain = await fetch(`http://127.0.0.1:${proxy.port}/other`);
        expect(await plain.text()).toBe('plain');
        expect(plain.headers.get('via') ?? '').not.toContain('unclog');
      },
    );
  });
});

/** `--flag value` as `--flag=value`, so that pairs can be told apart. */
function pairless(args: readonly string[]): string[] {
  return args
    .join(' ')
    .replaceAll(/(--[a-z-]+) (?!--)/g, '$1=')
    .split(' ');
}
