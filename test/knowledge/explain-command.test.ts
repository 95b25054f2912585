import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { explainText, listText } from '../../src/cli/explain-command.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { EXPLAINED_IDS } from '../../src/knowledge/explain.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));

function unclog(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', timeout: 60_000 });
}

describe('unclog explain', () => {
  it('lists every finding, intermediary, client and backend without an id', () => {
    const { status, stdout } = unclog('explain');
    expect(status).toBe(0);
    for (const id of EXPLAINED_IDS) expect(stdout).toMatch(new RegExp(`^  ${id} `, 'm'));
  });

  it('prints how a finding looks, why, the lines that fix it and the sources', () => {
    const { status, stdout } = unclog('explain', 'held-until-close');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^held-until-close \(finding\)\n {2}Events wait until the answer ends\n/);
    for (const label of ['What it means', 'How it looks', 'Why it happens', 'Fixes', 'Sources']) {
      expect(stdout).toContain(`\n${label}\n`);
    }
    expect(stdout).toContain('      proxy_buffering off;\n');
    expect(stdout).toContain('nginx/passthrough.conf');
    expect(stdout).toContain('https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering');
  });

  it('refuses an unknown id with exit code 2, one sentence and what may have been meant', () => {
    const { status, stdout, stderr } = unclog('explain', 'held-untl-close');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'unclog: explain: "held-untl-close" is no finding, intermediary, client or backend; did you mean held-until-close?\n',
    );
  });
});

describe('the guides', () => {
  it('of a client shows what is wrong, what works, and why', () => {
    const text = explainText('clients/axios');
    expect(text).toMatch(/^clients\/axios \(client\)\n/);
    expect(text).toMatch(/\n {4}not:\n {6}\S.*\n(?: {6}.*\n)* {4}but:\n {6}\S/);
  });

  it('of a backend shows a whole endpoint', () => {
    expect(explainText('backends/fastapi')).toMatch(/X-Accel-Buffering/);
  });

  it('are found without their folder where that is clear', () => {
    expect(explainText('axios')).toBe(explainText('clients/axios'));
  });

  it('are named on the page of the product that bears the same name', () => {
    expect(explainText('django')).toContain('unclog explain backends/django');
  });
});

describe('the page of every id', () => {
  it.each(EXPLAINED_IDS)('%s has its prose under 80 columns', (id) => {
    // Lines to paste and addresses stay whole; they are indented by six columns, or are one word.
    const prose = explainText(id)
      .split('\n')
      .filter((line) => !line.startsWith('      ') && line.trim().includes(' '));
    for (const line of prose) expect(line.length, line).toBeLessThan(80);
  });
});

describe('suggestions', () => {
  it.each([
    ['nginks', 'nginx'],
    ['HAProxy2', 'haproxy'],
    ['truncate', 'truncated'],
    ['gzip-compressed', 'compressed'],
    ['axois', 'clients/axios'],
    ['backends/fastapy', 'backends/fastapi'],
    ['go', 'clients/go or backends/go'],
  ])('for %s name %s', (typed, meant) => {
    expect(() => explainText(typed)).toThrow(UsageError);
    expect(() => explainText(typed)).toThrow(meant);
  });

  it('for something far from everything point to the list', () => {
    expect(() => explainText('qqqqqqqqqqqq')).toThrow('unclog explain lists them');
  });

  it('keep the list itself under 80 columns', () => {
    for (const line of listText().split('\n')) expect(line.length).toBeLessThan(80);
  });
});
