import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Step {
  id?: string;
  shell: string;
  env: Record<string, string>;
  run: string;
}
interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as Action;

describe('the GitHub Action', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-action-'));
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer((request, response) => {
      if (request.url !== '/stream') {
        response.writeHead(404, { 'Content-Type': 'text/plain', 'X-Evil': '::error::%0Aowned' });
        response.end('::set-output name=verdict::owned\n');
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
      for (let n = 1; n <= 5; n += 1) response.write(`id: ${n}\ndata: ${n}\n\n`);
      response.end();
    });
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  let runs = 0;
  /** Runs its steps as a runner does, with the inputs given and files for what it writes. */
  async function run(given: Record<string, string>) {
    runs += 1;
    const [output, summary] = ['output', 'summary'].map((name) => join(folder, `${name}-${runs}`));
    const context = new Map<string, string>();
    for (const [name, { default: value = '' }] of Object.entries(action.inputs))
      context.set(`inputs.${name}`, given[name] ?? value);
    let stdout = '';
    let code: number | null = 0;
    for (const step of action.runs.steps) {
      const fill = (text: string): string =>
        text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => context.get(name) ?? '');
      const env = Object.fromEntries(Object.entries(step.env).map(([name, text]) => [name, fill(text)]));
      const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
        env: {
          ...process.env,
          ...env,
          NO_COLOR: '1',
          RUNNER_TEMP: folder,
          GITHUB_ACTION_PATH: ROOT,
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: summary,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      [code] = (await once(child, 'close')) as [number | null];
      for (const [, name = '', value = ''] of read(output).matchAll(/^([\w-]+)=(.*)$/gm))
        context.set(`steps.${step.id}.outputs.${name}`, value);
      if (code !== 0) break;
    }
    const outputs = Object.fromEntries(
      Object.entries(action.outputs).map(([name, { value }]) => [
        name,
        context.get(/steps\.[\w.-]+/.exec(value)?.[0] ?? '') ?? '',
      ]),
    );
    return { code, stdout, outputs, summary: read(summary) };
  }
  const read = (file = ''): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const command = `${process.execPath} ${join(ROOT, 'bin/unclog.js')}`;

  it('is composite, and no input ever becomes part of a script', () => {
    expect(action.runs.using).toBe('composite');
    expect(action.runs.steps.map(({ shell }) => shell)).toEqual(['bash', 'bash']);
    for (const { run: script } of action.runs.steps) {
      expect(script).not.toContain('${{');
      expect(spawnSync('bash', ['-n', '-c', script]).status).toBe(0);
    }
  });

  it('passes for a stream that flows: verdict, report and summary', async () => {
    const urls = `\n  app=${server.url}/stream  \n\n`;
    const { code, outputs, summary, stdout } = await run({
      command,
      urls,
      args: '--duration=2s\n--no-color',
    });
    expect(code).toBe(0);
    expect(outputs).toMatchObject({ verdict: 'streaming', 'exit-code': '0' });
    expect(JSON.parse(read(outputs.report))).toMatchObject({ hops: [{ name: 'app' }] });
    expect(read(outputs.junit)).toContain('<testsuites');
    expect(summary).toMatch(/^### :white_check_mark: /);
    expect(stdout).not.toContain('::error');
  });

  it('fails for what is no stream, annotates it, and lets nobody else write annotations', async () => {
    const { code, outputs, stdout, summary } = await run({ command, urls: `${server.url}/nowhere` });
    expect(code).toBe(1);
    expect(outputs).toMatchObject({ verdict: 'not-a-stream', 'exit-code': '1' });
    expect(stdout).toMatch(/^::error title=unclog%3A The answer is HTTP 404/m);
    const commands = stdout.split('\n').filter((line) => line.startsWith('::'));
    expect(commands[0]).toMatch(/^::stop-commands::[0-9a-f]{32}$/);
    expect(commands[1]).toBe(`::${commands[0]?.slice('::stop-commands::'.length)}::`);
    expect(commands.slice(2).every((line) => /^::(?:error|warning) title=unclog%3A /.test(line))).toBe(true);
    expect(summary).toMatch(/^### :x: /);
  });

  it('only reports when it is told not to fail, but never hides bad usage', async () => {
    const told = await run({ command, urls: `${server.url}/nowhere`, fail: 'false' });
    expect(told).toMatchObject({ code: 0, outputs: { 'exit-code': '1' } });
    const wrong = await run({ command, urls: 'nonsense; touch owned', fail: 'false' });
    expect(wrong).toMatchObject({ code: 2, outputs: { verdict: '', 'exit-code': '2' } });
  });
});
