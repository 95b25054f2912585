import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { codeBlock, codeBlocks } from '../support/code-blocks.ts';
import { closedPort } from '../support/test-server.ts';
import { hasTool } from '../support/tools.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));
const PAGE = 'docs/ci.md';

describe.skipIf(!hasTool('nginx') || !hasTool('curl'))(
  'the recipe "test your proxy without your app"',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'unclog-recipe-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** Runs the page's lines in a folder with the page's configuration, on ports of their own. */
    async function run(change: (conf: string) => string): Promise<{ code: number | null; output: string }> {
      const [origin, proxy] = [await closedPort(), await closedPort()];
      const here = (text: string): string =>
        text
          .replaceAll('127.0.0.1:8000', `127.0.0.1:${origin}`)
          .replaceAll('127.0.0.1:8080', `127.0.0.1:${proxy}`);
      const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
        .join(' ');
      const conf = here(codeBlock(PAGE, 'nginx')).replace('pid nginx.pid', `pid ${folder}/nginx.pid`);
      // Only root may write where nginx keeps its temporary files by default.
      writeFileSync(join(folder, 'nginx.conf'), change(conf).replace('http {', `http { ${temp}`));
      const script = here(codeBlock(PAGE, 'sh')).replaceAll('npx unclog', `"${process.execPath}" "${BIN}"`);
      const child = spawn('bash', ['-e', '-c', script], {
        cwd: folder,
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, output };
    }

    it('passes with the configuration of the page', async () => {
      const { code, output } = await run((conf) => conf);
      expect(output).toMatch(/^streaming {3}every hop delivers events as they are sent/m);
      expect(code).toBe(0);
      expect(readFileSync(join(folder, 'unclog.xml'), 'utf8')).toMatch(/<testsuites [^>]*failures="0"/);
    }, 60_000);

    it('fails without its proxy_buffering line, and names that line', async () => {
      const { code, output } = await run((conf) => conf.replace('proxy_buffering off;', ''));
      expect(output).toMatch(/^HELD \(buffered\) {3}hop "proxy"/m);
      expect(output).toContain('proxy_buffering off;');
      expect(code).toBe(1);
      expect(readFileSync(join(folder, 'unclog.xml'), 'utf8')).toMatch(/<testsuites [^>]*failures="1"/);
    }, 90_000);
  },
);

describe('the other recipes of the page', () => {
  it('are valid YAML, and name inputs and outputs that the action has', () => {
    const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as {
      inputs: object;
      outputs: object;
    };
    const blocks = codeBlocks(PAGE).filter(({ language }) => language === 'yaml');
    expect(blocks).toHaveLength(2);
    const steps = parse(blocks[0]?.text ?? '') as { uses?: string; with?: object }[];
    const used = steps.find(({ uses }) => uses?.includes('/unclog@'));
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(used?.with ?? {})));
    const page = readFileSync(new URL(`../../${PAGE}`, import.meta.url), 'utf8');
    for (const name of Object.keys(action.outputs)) expect(page).toContain(`\`${name}\``);
  });
});
