import { expect, test } from 'vitest';
import { loadGatewayConfig } from '../../src/cli/gateway-config.ts';
import { runCli } from '../support/run-cli.ts';
import { configFile } from './support/config-file.ts';

/** What is said of a file, each line without the file's name. */
function problemsOf(text: string, flags: Record<string, string> = {}): string[] {
  const file = configFile(text);
  const given = new Map(
    Object.entries({ config: file, ...flags }).map(([name, value]) => [name, { value, source: `--${name}` }]),
  );
  try {
    loadGatewayConfig(given);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(`${file}:`, ''));
  }
}

const GOOD = 'upstream: http://127.0.0.1:1\n';

test.each<[what: string, text: string, problems: RegExp[]]>([
  ['an unknown key', `${GOOD}upstraem: x\n`, [/^2:1: upstraem is not known here; did you mean upstream\?$/]],
  [
    'an unknown key like no other',
    `${GOOD}zzzzzzzz: x\n`,
    [/^2:1: zzzzzzzz is not known here, expected one of upstream, listen/],
  ],
  ['a key twice', `${GOOD}upstream: http://b\n`, [/^2:1: not valid YAML: Map keys must be unique/]],
  [
    'a key in both of its spellings',
    `${GOOD}streamPath: /a\nstream-paths: [/b]\n`,
    [/^3:1: streamPaths: "stream-paths" is given twice$/],
  ],
  ['text that is no YAML', `${GOOD}routes: [\n`, [/^3:1: not valid YAML: /]],
  ['a list in place of a mapping', '- a\n', [/^1:1: expected a mapping of keys to values$/]],
  ['no value', `${GOOD}headTimeout:\n`, [/^2:1: headTimeout: expected one value$/]],
  [
    'a number without unit',
    `${GOOD}headTimeout: 5\n`,
    [/^2:1: headTimeout: "5" is not a duration, .*; did you mean 5s or 5ms\?$/],
  ],
  ['a word for a switch', `${GOOD}serverTiming: maybe\n`, [/^2:1: serverTiming: expected true or false$/]],
  ['a mapping for a list', `${GOOD}routes: {a: b}\n`, [/^2:1: routes: expected a list$/]],
  ['a size without unit', `${GOOD}maxRequestBody: 5\n`, [/^2:1: maxRequestBody: "5" is not a size/]],
  [
    'a head size out of bounds',
    `${GOOD}maxRequestHead: 1b\n`,
    [/^2:1: maxRequestHead is out of bounds, expected a size from 1k to 1m$/],
  ],
  [
    'both ways to listen',
    `${GOOD}listen: :1\nlisteners: [:2]\n`,
    [/^2:1: listen is given beside listeners, expected one of the two$/],
  ],
  [
    'a listener that is none',
    `${GOOD}listeners:\n  - 127.0.0.1:1\n  - listen: here\n`,
    [/^4:5: listeners\[1\]\.listen: "here" is not an address/],
  ],
  [
    'a short listener that is none',
    `${GOOD}listeners: [here]\n`,
    [/^2:13: listeners\[0\]: "here" is not an address/],
  ],
  [
    'a target that is no URL',
    'upstreams:\n  a:\n    targets:\n      - http://a\n      - localhost\nroutes: [{upstream: a}]\n',
    [/^5:9: upstreams\.a\.targets\[1\]: "localhost" is not a URL/],
  ],
  [
    'a route without upstream',
    `${GOOD}routes:\n  - paths: [/a]\n`,
    [/^3:5: routes\[0\]\.upstream is missing$/],
  ],
  [
    'a misspelt word',
    `${GOOD}routes:\n  - upstream: default\n    kind: streem\n`,
    [
      /^4:5: routes\[0\]\.kind: "streem" is not known here, expected stream or ordinary; did you mean stream\?$/,
    ],
  ],
  [
    'a misspelt upstream',
    'upstreams: {orders: "http://a"}\nroutes:\n  - upstream: ordres\n',
    [/^3:5: routes\[0\]\.upstream: there is no upstream "ordres", expected orders; did you mean orders\?$/],
  ],
  [
    'a block that is none',
    'upstreams:\n  a:\n    targets: http://a\n    healthCheck: maybe\n',
    [/^4:5: upstreams\.a\.healthCheck: expected a mapping or off$/],
  ],
  [
    'within a block',
    'upstreams:\n  a:\n    targets: http://a\n    health-check: {path: x, intervall: 1s, timeout: 1}\n',
    [
      /^4:29: upstreams\.a\.healthCheck\.intervall is not known here; did you mean interval\?$/,
      /^4:44: upstreams\.a\.healthCheck\.timeout: "1" is not a duration/,
    ],
  ],
  [
    'a proxy that is no address',
    `${GOOD}trustedProxies: [10.0.0.1, lb]\n`,
    [/^2:28: trustedProxies\[1\]: "lb" is neither an address nor a block/],
  ],
  [
    'a limit of nothing',
    `${GOOD}routes: [{upstream: default, maxStreams: 0}]\n`,
    [/^2:30: routes\[0\]\.maxStreams: "0" is not a whole number of at least 1$/],
  ],
  ['no upstream at all', 'listen: :0\n', [/^1:1: upstream is missing, expected a URL/]],
  [
    'a prototype',
    `${GOOD}__proto__: {a: 1}\nconstructor: 1\n`,
    [/^2:1: __proto__ is not known here/, /^3:1: constructor is not known here/],
  ],
])('%s is told with line and column', (_what, text, problems) => {
  const found = problemsOf(text);
  expect(found).toHaveLength(problems.length);
  for (const [i, problem] of problems.entries()) expect(found[i]).toMatch(problem);
});

test('everything that is wrong is told at once, from top to bottom', () => {
  const found = problemsOf('a: 1\nheadTimeout: x\nroutes:\n  - b: 1\n    upstream: [1]\nlogLevel: loud\n');
  expect(found.map((line) => line.split(': ')[0])).toEqual(['1:1', '2:1', '4:5', '5:5', '6:1']);
});

test('an anchor is read where it is used', () => {
  const text = 'upstreams:\n  a: &a { targets: [ftp://a] }\n  b: *a\nroutes: [{upstream: a}]\n';
  expect(problemsOf(text)).toHaveLength(2);
});

test('a file that explodes is refused', () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) =>
      `a${i}: &a${i} [${Array(9)
        .fill(i === 0 ? '1' : `*a${i - 1}`)
        .join(', ')}]`,
  );
  expect(problemsOf(levels.join('\n'))[0]).toMatch(/has too many values|not valid YAML/);
});

test('what a flag says is told of the flag, the rest of the file', () => {
  expect(problemsOf(`${GOOD}headTimeout: 5s\n`, { 'head-timeout': 'x' })).toEqual([
    expect.stringMatching(/^--head-timeout: "x" is not a duration/),
  ]);
});

test('each problem is one line on stderr, and the exit code is 2', async () => {
  const file = configFile('upstraem: x\nheadTimeout: 5\n');
  const { code, stderr, stdout } = await runCli(['gateway', '--config', file, '--listen', 'here']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^unclog: --listen: "here" is not an address/),
    expect.stringContaining(`${file}:1:1: upstraem is not known here`),
    expect.stringContaining(`${file}:2:1: headTimeout: "5" is not a duration`),
  ]);
});
