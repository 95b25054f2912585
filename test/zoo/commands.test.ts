import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/drivers/driver.ts';

const ROOT = repositoryRoot();

function run(script: string, ...args: string[]) {
  // Neither is to find an engine: what is wrong is said before one is looked for.
  const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent', COMPOSE_PROFILES: '' };
  return spawnSync(process.execPath, [join(ROOT, 'scripts/zoo', script), ...args], { encoding: 'utf8', env });
}

describe('the commands of the zoo', () => {
  it.each([
    ['zoo.js', ['--pull-within', '5'], /^--pull-within: "5" is not a number of seconds such as 300s\n$/],
    ['zoo.js', ['--patience', 'long'], /^--patience: "long" is not a number of seconds such as 70s\n$/],
    ['zoo.js', ['--format', 'html'], /^--format: "html" is none of text, markdown, json\n$/],
    ['zoo.js', ['nignx'], /^"nignx" is not in the zoo, expected some of nginx, /],
    ['probe.js', ['--format', 'html'], /^--format: "html" is none of text, markdown, json\n$/],
    ['probe.js', ['zoo-nginx'], /^"zoo-nginx" is no member of the zoo in /],
    ['zoo.js', ['--wait'], /^Unknown option '--wait'/],
    ['configs.js', ['onlyone'], /^usage: configs\.js SOURCE TARGET\n$/],
  ])('%s %j is refused in one sentence', (script, args, sentence) => {
    const { status, stdout, stderr } = run(script, ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
  });

  it('without a Docker engine end with a sentence that says so', () => {
    const { status, stderr } = run('zoo.js');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^no Docker engine answers here \(.*\)\n$/);
  });

  it('have every option that docs/zoo.md names', () => {
    const source = readFileSync(join(ROOT, 'scripts/zoo/zoo.js'), 'utf8');
    const page = readFileSync(join(ROOT, 'docs/zoo.md'), 'utf8');
    const named = [...page.matchAll(/^\| `--([\w-]+)/gm)].map(([, name = '']) => name);
    expect(named).toHaveLength(4);
    expect(named.filter((name) => !new RegExp(`^ +'?${name}'?: \\{ type:`, 'm').test(source))).toEqual([]);
  });
});
