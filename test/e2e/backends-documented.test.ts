import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { createOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { codeBlock } from '../support/code-blocks.ts';
import { startTestNginx, type TestNginx } from '../support/nginx.ts';
import { closedPort } from '../support/test-server.ts';
import { hasTool, type ToolName } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Started {
  url: string;
  stop(): Promise<void>;
}

/** What stands around the lines of a page: a server, and a source of a number every 100 ms. */
const AROUND = {
  express: (lines: string) => `import http from 'node:http';
    ${lines}
    function source(send) {
      let n = 0;
      const timer = setInterval(() => send({ n: ++n }), 100);
      return () => clearInterval(timer);
    }
    http.createServer(stream).listen(process.env.PORT, '127.0.0.1');`,
  fastapi: (lines: string) => `import asyncio, itertools
from fastapi import FastAPI
app = FastAPI()
async def source():
    for n in itertools.count(1):
        await asyncio.sleep(0.1)
        yield n
${lines}`,
  go: (lines: string) => `package main
    import ("fmt"; "log"; "net/http"; "os"; "time")
    func source() <-chan time.Time { return time.After(100 * time.Millisecond) }
    ${lines}
    func main() { http.HandleFunc("/stream", stream); log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)) }`,
  // Node 20 runs no TypeScript: the one type in it goes.
  nextjs: (lines: string) => lines.replace('(request: Request)', '(request)'),
};

/** Starts what a page shows. */
const PAGES: Record<string, { tool?: ToolName; start: (folder: string) => Promise<Started> }> = {
  express: {
    start: (folder) => {
      writeFileSync(join(folder, 'app.mjs'), AROUND.express(codeBlock('docs/backends/express.md', 'js')));
      return startProcess(
        (port) => ({ file: process.execPath, args: ['app.mjs'], env: { PORT: port } }),
        folder,
      );
    },
  },
  fastapi: {
    tool: 'python',
    start: (folder) => {
      writeFileSync(join(folder, 'app.py'), AROUND.fastapi(codeBlock('docs/backends/fastapi.md', 'python')));
      const args = (port: string): string[] => ['-m', 'uvicorn', 'app:app', '--port', port];
      return startProcess((port) => ({ file: '/usr/bin/python3', args: args(port), env: {} }), folder);
    },
  },
  go: {
    tool: 'go',
    start: (folder) => {
      writeFileSync(join(folder, 'main.go'), AROUND.go(codeBlock('docs/backends/go.md', 'go')));
      const env = { GOFLAGS: '-mod=mod', GOPROXY: 'off', CGO_ENABLED: '0' };
      const args = ['run', 'main.go'];
      return startProcess((port) => ({ file: 'go', args, env: { ...env, PORT: port } }), folder);
    },
  },
  nextjs: { start: startHandler },
};

async function startProcess(
  command: (port: string) => { file: string; args: string[]; env: NodeJS.ProcessEnv },
  folder: string,
): Promise<Started> {
  const port = String(await closedPort());
  const { file, args, env } = command(port);
  const child: ChildProcess = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.pid === undefined) return;
    // `go run` has a child of its own.
    process.kill(-child.pid, 'SIGKILL');
    await once(child, 'close');
  };
  const untilMs = performance.now() + 60_000;
  while (performance.now() < untilMs && child.exitCode === null) {
    if (
      await fetch(`${url}/nowhere`).then(
        () => true,
        () => false,
      )
    )
      return { url, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`${file} ${args.join(' ')} did not listen`);
}

/** Calls a route handler as Next.js does: a web Request in, a web Response out. */
async function startHandler(folder: string): Promise<Started> {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 100 });
  process.env.BACKEND = origin.url;
  const file = join(folder, 'route.mjs');
  writeFileSync(file, AROUND.nextjs(codeBlock('docs/backends/nextjs.md', 'ts')));
  const { GET } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    GET: (request: Request) => Promise<Response>;
  };
  const server: Server = createServer(async (request, response) => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    const answer = await GET(new Request(`http://localhost${request.url}`, { signal: left.signal }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.flushHeaders();
    if (answer.body !== null)
      Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
        .on('error', () => {})
        .pipe(response);
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      delete process.env.BACKEND;
      await origin.close();
    },
  };
}

for (const [name, { tool, start }] of Object.entries(PAGES)) {
  const runs = hasTool('nginx') && (tool === undefined || hasTool(tool));
  describe.skipIf(!runs)(`docs/backends/${name}.md`, () => {
    mkdirSync(join(ROOT, '.tmp'), { recursive: true });
    const folder = mkdtempSync(join(ROOT, '.tmp/backend-'));
    let app: Started;
    let nginx: TestNginx;
    beforeAll(async () => {
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      app = await start(folder);
      nginx = await startTestNginx({ upstream: app.url });
    });
    afterAll(async () => {
      await nginx?.close();
      await app?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('streams through stock nginx, and asks everybody not to hold or change it', async () => {
      const report = await runProbe(
        [
          { name: 'app', url: `${app.url}/stream` },
          { name: 'nginx', url: `${nginx.url}/stream` },
        ],
        { durationMs: 2_000, maxHoldMs: 500 },
      );
      expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'streaming']);
      expect(report.hops[0]?.events.count).toBeGreaterThan(8);
      const found = report.findings.map(({ id }) => id);
      expect(found).not.toContain('missing-opt-out');
      expect(found).not.toContain('missing-no-transform');
    });
  });
}
