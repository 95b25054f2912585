import { execFileSync, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/knowledge/clients/index.ts';
import type { Mistake } from '../../src/knowledge/guide.ts';

const PYTHON = 'python3';

/** Lines around those of the page, so that they run. */
const FRAMES: Readonly<Record<string, (lines: string, url: string) => [command: string, ...args: string[]]>> =
  {
    curl: (lines, url) => ['sh', '-c', lines.replaceAll('URL', `'${url}'`)],
    fetch: (lines, url) => [
      process.execPath,
      '--input-type=module',
      '-e',
      `const show = (text) => process.stdout.write(text); const URL = ${JSON.stringify(url)};\n${lines}`,
    ],
    'python-requests': (lines, url) => [
      PYTHON,
      '-c',
      `import requests, sys\nURL = ${JSON.stringify(url)}\ndef show(piece):\n    sys.stdout.write(piece.decode()); sys.stdout.flush()\n${lines}`,
    ],
  };

function canRun(id: string): boolean {
  const check: Record<string, [string, string[]]> = {
    curl: ['curl', ['--version']],
    fetch: [process.execPath, ['--version']],
    'python-requests': [PYTHON, ['-c', 'import requests']],
  };
  const [command, args] = check[id] ?? ['false', []];
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** How long the server waits for the first event to be shown before it ends the answer. */
const PATIENCE_MS = 2_500;

/** Those that a program here can run: a wrong form and a right one, both with an address. */
const CASES = Object.keys(FRAMES).flatMap((id) => {
  const guide = CLIENTS.find((one) => one.id === id);
  return (guide?.mistakes ?? []).flatMap((mistake) => (runnable(mistake) ? [{ id, mistake }] : []));
});

function runnable({ standing, wrong, right }: Mistake): boolean {
  const whole = wrong?.includes('URL') === true && right.includes('URL');
  // What differs in the request alone is not a matter of when output is written.
  return standing === 'tested here' && whole && !right.includes('--compressed');
}

/**
 * One event, and the end only after it was shown or patience ran out: whether lines hand over what has come is seen
 * without a stopwatch.
 */
describe.concurrent('the lines of the pages about clients', () => {
  let server: Server;
  let url: string;
  const ends = new Map<string, () => void>();
  /** Where the second event is on its way: what is shown from then on was not handed over early. */
  const ended = new Set<string>();

  beforeAll(async () => {
    server = createServer((request, response) => {
      // HTTP/1.0 framing for half of them: what is not chunked is collected by more clients.
      response.useChunkedEncodingByDefault = !request.url?.includes('close');
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: one\n\n');
      const path = request.url ?? '';
      ended.delete(path);
      const end = (): void => {
        ended.add(path);
        response.end('data: two\n\n');
      };
      const timer = setTimeout(end, PATIENCE_MS);
      response.on('close', () => clearTimeout(timer));
      ends.set(path, end);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** True when the first event was shown while the second one had not been sent. */
  async function handsOver(id: string, lines: string, path: string): Promise<boolean> {
    const frame = FRAMES[id];
    if (frame === undefined) throw new Error(`no frame for ${id}`);
    const [command, ...args] = frame(lines, url + path);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let shown = '';
    let early = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      early ||= shown.includes('one') && !ended.has(path);
      if (early) ends.get(path)?.();
    });
    await new Promise((closed) => child.on('close', closed));
    if (!shown.includes('one')) throw new Error(`${id} showed nothing: ${shown}`);
    return early;
  }

  for (const [i, { id, mistake }] of CASES.entries()) {
    const { symptom, wrong = '', right } = mistake;
    it.skipIf(!canRun(id))(
      `${id}: ${symptom}`,
      async () => {
        const [held, flows] = await Promise.all([
          handsOver(id, wrong, `/${i}-wrong-close`),
          handsOver(id, right, `/${i}-right-close`),
        ]);
        expect({ held, flows }).toEqual({ held: false, flows: true });
      },
      30_000,
    );
  }

  it('are run for curl, fetch and requests', () => {
    expect(new Set(CASES.map(({ id }) => id))).toEqual(new Set(Object.keys(FRAMES)));
    expect(CASES.length).toBeGreaterThanOrEqual(5);
  });
});
