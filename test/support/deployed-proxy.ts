import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/demo/watched-nginx.ts';

/** Products for which docs/deploy has a file. All of those files listen on this port. */
export type DeployedProduct = 'nginx' | 'haproxy' | 'caddy';
const SHOWN_PORT = 8082;

const READY_WITHIN_MS = 20_000;

/**
 * Starts the real product with a configuration as docs/deploy shows it, moved to other ports: `ports` says where what the file
 * calls 8080 and so on is. It ends with the test.
 */
export async function startProxy(
  product: DeployedProduct,
  shown: string,
  ports: Readonly<Record<number, number>>,
): Promise<{ port: number }> {
  const folder = mkdtempSync(join(tmpdir(), `unclog-${product}-`));
  const port = await freePort();
  const moved: Record<number, number> = { ...ports, [SHOWN_PORT]: port };
  // In one go: a port put in must not be taken for one to replace.
  const text = shown
    .split('\n')
    .map((line) =>
      line.trimStart().startsWith('#')
        ? line
        : line.replaceAll(/\b[89]\d{3}\b/g, (found) => String(moved[Number(found)] ?? found)),
    )
    .join('\n');
  const file = join(folder, product === 'caddy' ? 'Caddyfile' : `${product}.conf`);
  writeFileSync(file, framed(product, text, folder));
  const child = spawn(...command(product, file, folder), {
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`, HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let messages = '';
  child.stderr?.on('data', (piece: Buffer) => {
    messages = (messages + piece).slice(-4_096);
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await listening(port, child, () => messages);
  return { port };
}

/** What an installation has around such a file. */
function framed(product: DeployedProduct, text: string, folder: string): string {
  if (product === 'caddy') return `{\n\tadmin off\n}\n${text}`;
  if (product === 'haproxy') return text;
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = temp.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n');
  // One process, so that ending it ends all of it.
  return `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log stderr warn;
events { worker_connections 256; }\nhttp {\naccess_log off;\n${paths}\n${text}\n}\n`;
}

function command(product: DeployedProduct, file: string, folder: string): [string, string[]] {
  if (product === 'nginx') return ['nginx', ['-p', folder, '-c', file]];
  if (product === 'haproxy') return ['haproxy', ['-db', '-q', '-f', file]];
  return ['caddy', ['run', '--adapter', 'caddyfile', '--config', file]];
}

async function listening(port: number, child: ChildProcess, messages: () => string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(`it does not listen: ${messages()}`);
    await sleep(50);
  }
}
