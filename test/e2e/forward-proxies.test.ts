import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../src/demo/watched-nginx.ts';
import { createOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { hasTool, type ToolName } from '../support/tools.ts';

const PRODUCTS: Record<string, (port: number, folder: string) => { config: string; command: string[] }> = {
  tinyproxy: (port, folder) => ({
    config: `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nLogLevel Error\nLogFile "${folder}/log"\nViaProxyName "tiny"\n`,
    command: ['tinyproxy', '-d', '-c', `${folder}/config`],
  }),
  squid: (port, folder) => ({
    config: [
      `http_port 127.0.0.1:${port}`,
      'http_access allow all',
      'cache deny all',
      `pid_filename ${folder}/squid.pid`,
      `cache_log ${folder}/cache.log`,
      'access_log none',
      'pinger_enable off',
      'shutdown_lifetime 0 seconds',
      'visible_hostname localhost',
      '',
    ].join('\n'),
    command: ['squid', '-N', '-f', `${folder}/config`],
  }),
};

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await delay(100);
  }
  throw new Error('the proxy does not listen');
}

describe.each(Object.keys(PRODUCTS))('through a real %s', (id) => {
  it.skipIf(!hasTool(id as ToolName))('a stream is judged, and the proxy is shown', async () => {
    const folder = await mkdtemp(join(tmpdir(), `unclog-${id}-`));
    await chmod(folder, 0o777);
    const port = await freePort();
    const { config, command } = PRODUCTS[id]?.(port, folder) ?? { config: '', command: [] };
    await writeFile(join(folder, 'config'), config);
    const [program = '', ...args] = command;
    const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
    const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, PATH: path } });
    const origin = await createOrigin({
      listen: { host: '127.0.0.1', port: 0 },
      intervalMs: 100,
      events: 12,
    });
    try {
      await answering(port, child);
      const report = await runProbe([{ name: 'edge', url: `${origin.url}/stream` }], {
        proxy: { url: `http://127.0.0.1:${port}` },
      });
      const [hop] = report.hops;
      expect(hop).toMatchObject({
        verdict: 'streaming',
        proxy: { url: `http://127.0.0.1:${port}`, from: '-x', mode: 'forward' },
        events: { count: 12, holdBasis: 'stamps' },
      });
      expect(hop?.intermediaries.map((one) => one.id)).toContain('forward-proxy');
      expect(report.warnings.join('\n')).toContain('went through the proxy');
    } finally {
      child.kill('SIGKILL');
      await origin.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
