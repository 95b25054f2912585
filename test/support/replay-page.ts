import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import { listen } from '../../src/http/listen.ts';

const ROOT = fileURLToPath(new URL('../../src/pages/check/replay/', import.meta.url));
const OUT = fileURLToPath(new URL(`../../.tmp/replay-${process.pid}/`, import.meta.url));

/** The check page with recorded runs in the place of real ones: `?scenario=NAME&speed=N#shared`. */
export async function serveReplayPage(): Promise<{ url: string; close(): void }> {
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    plugins: [viteSingleFile({ removeViteModuleLoader: true })],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { outDir: OUT, emptyOutDir: true, reportCompressedSize: false },
  });
  const html = await readFile(`${OUT}index.html`);
  await rm(OUT, { recursive: true });
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(html);
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}
