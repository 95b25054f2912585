import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ToolName } from './tools.ts';

interface Example {
  name: string;
  tool: ToolName;
  /** Media type of `/ask`. */
  answerType: string;
  /** Last piece of an answer of `/ask`. */
  endOfAnswer: string;
  /** What a gateway must be told to know `/ask` for a stream. */
  streamTypes: readonly string[];
}

/** The backends in `examples/`, as the tests see them. */
export const BACKENDS = [
  {
    name: 'FastAPI',
    tool: 'python',
    answerType: 'text/event-stream',
    endOfAnswer: '[DONE]',
    streamTypes: [],
  },
  {
    name: 'Go',
    tool: 'go',
    answerType: 'application/x-ndjson',
    endOfAnswer: '{"done":true}',
    streamTypes: ['application/x-ndjson'],
  },
] as const satisfies readonly Example[];

export type BackendName = (typeof BACKENDS)[number]['name'];

/** Settings of the examples; their README tables say what they do. */
export interface BackendSettings {
  INTERVAL_MS?: string;
  COUNT?: string;
  HEARTBEAT_MS?: string;
  OPT_OUT?: '0' | '1';
}

export interface Backend {
  /** Base URL without a trailing slash. */
  url: string;
  /** Everything it wrote to stderr so far, line by line. */
  lines: readonly string[];
  /** Resolves with the `count`-th line that matches, counted from the start of the backend. */
  line(pattern: RegExp, count?: number): Promise<string>;
  close(): Promise<void>;
}

/** Bounds for things that take milliseconds on an idle machine. */
const READY_WITHIN_MS = 60_000;
const LINE_WITHIN_MS = 20_000;

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Starts an example on a free port of 127.0.0.1. */
export async function startBackend(name: BackendName, settings: BackendSettings = {}): Promise<Backend> {
  const command = name === 'Go' ? await goCommand() : uvicornCommand();
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const child = spawn(command.file, command.args, {
    env: { ...process.env, ...command.env, ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let ended = false;
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<void>((resolve) => {
    const done = () => {
      ended = true;
      for (const look of waiting) look();
      resolve();
    };
    child.once('close', done).once('error', (error) => {
      lines.push(error.message);
      done();
    });
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });

  const line = (pattern: RegExp, count = 1, withinMs = LINE_WITHIN_MS) =>
    new Promise<string>((resolve, reject) => {
      const stop = (act: () => void) => {
        waiting.delete(look);
        clearTimeout(timer);
        act();
      };
      const fail = (why: string) =>
        stop(() =>
          reject(new Error(`${name}: no line ${count} like ${pattern}: ${why}\n${lines.join('\n')}`)),
        );
      const look = () => {
        const found = lines.filter((text) => pattern.test(text))[count - 1];
        if (found !== undefined) stop(() => resolve(found));
        else if (ended) fail('it ended');
      };
      const timer = setTimeout(() => fail(`not within ${withinMs} ms`), withinMs);
      waiting.add(look);
      look();
    });

  const close = async () => {
    process.off('exit', kill);
    if (!ended) child.kill('SIGKILL');
    await gone;
    await command.cleanUp?.();
  };
  try {
    const ready = await line(/(?:running|listening) on http:/i, 1, READY_WITHIN_MS);
    const url = /http:\/\/[\d.:]+/.exec(ready)?.[0] ?? '';
    return { url, lines, line: (pattern, count) => line(pattern, count), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Command {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cleanUp?: () => Promise<void>;
}

function uvicornCommand(): Command {
  // h11 is what Uvicorn uses where httptools is not installed; said here so that the tests mean the same everywhere.
  const options = ['--host', '127.0.0.1', '--port', '0', '--http', 'h11'];
  return {
    file: '/usr/bin/python3',
    args: ['-m', 'uvicorn', 'main:app', '--app-dir', join(examples, 'fastapi'), ...options],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  };
}

async function goCommand(): Promise<Command> {
  const folder = await mkdtemp(join(tmpdir(), 'unclog-go-'));
  const file = join(folder, 'stream');
  await promisify(execFile)('go', ['build', '-o', file, '.'], {
    cwd: join(examples, 'go'),
    // No network, and no C compiler needed.
    env: { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', CGO_ENABLED: '0' },
    timeout: READY_WITHIN_MS,
  });
  return {
    file,
    args: [],
    env: { LISTEN: '127.0.0.1:0' },
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
}
