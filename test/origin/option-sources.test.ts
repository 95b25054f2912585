import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { gatherOptions, parseChoice } from '../../src/cli/option-sources.ts';
import { parseDuration } from '../../src/cli/units.ts';

const folder = mkdtempSync(join(tmpdir(), 'unclog-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kinds = { interval: 'text', story: 'switch', 'stream-path': 'list' } as const;
let files = 0;

function gather(given: { argv?: Record<string, unknown>; env?: NodeJS.ProcessEnv; yaml?: string }) {
  const argv = { ...given.argv };
  if (given.yaml !== undefined) {
    argv.config = join(folder, `${++files}.yaml`);
    writeFileSync(String(argv.config), given.yaml);
  }
  return gatherOptions({ kinds, argv, env: given.env ?? {}, envPrefixes: ['UNCLOG_X_', 'UNCLOG_'] });
}

test('a flag beats the environment, which beats the file', () => {
  const yaml = 'interval: 3s\n';
  const env = { UNCLOG_INTERVAL: '2s' };
  expect(gather({ yaml, env, argv: { interval: '1s' } }).read('interval', parseDuration)).toBe(1_000);
  expect(gather({ yaml, env }).read('interval', parseDuration)).toBe(2_000);
  expect(gather({ yaml }).read('interval', parseDuration)).toBe(3_000);
  expect(gather({}).read('interval', parseDuration)).toBeUndefined();
});

test("the command's own variable beats the general one, and an empty one is none", () => {
  const env = { UNCLOG_X_INTERVAL: '1s', UNCLOG_INTERVAL: '2s' };
  expect(gather({ env }).given('interval')).toEqual({ value: '1s', source: 'UNCLOG_X_INTERVAL' });
  expect(gather({ env: { ...env, UNCLOG_X_INTERVAL: '' } }).given('interval')?.value).toBe('2s');
});

test('the environment can name the file', () => {
  const path = join(folder, 'named.yaml');
  writeFileSync(path, 'story: true');
  expect(gather({ env: { UNCLOG_CONFIG: path } }).isOn('story')).toBe(true);
});

test('a switch can be turned off by a nearer source', () => {
  expect(gather({ yaml: 'story: true', env: { UNCLOG_STORY: 'off' } }).isOn('story')).toBe(false);
  expect(gather({ yaml: 'story: true', argv: { story: false } }).isOn('story')).toBe(false);
  expect(gather({}).isOn('story')).toBeUndefined();
});

test('a list comes from repeated flags, from commas, or from a YAML list, and is not merged', () => {
  const list = (given: Parameters<typeof gather>[0]) =>
    gather(given).readList('stream-path', (_source, text) => text);
  expect(list({ argv: { 'stream-path': ['/a', '/b'] } })).toEqual(['/a', '/b']);
  expect(list({ env: { UNCLOG_STREAM_PATH: '/a, /b' } })).toEqual(['/a', '/b']);
  expect(list({ yaml: 'stream-path: [/a, "/b"]' })).toEqual(['/a', '/b']);
  expect(list({ yaml: 'streamPath:\n  - /a\n' })).toEqual(['/a']);
  expect(list({ yaml: 'streamPath: /a' })).toEqual(['/a']);
  expect(list({ yaml: 'streamPath: /a', argv: { 'stream-path': ['/c'] } })).toEqual(['/c']);
});

test('an empty file and a file of comments hold no options', () => {
  expect(gather({ yaml: '' }).given('interval')).toBeUndefined();
  expect(gather({ yaml: '# nothing\n' }).given('interval')).toBeUndefined();
});

test.each([
  [
    'interval: 5s\nintervall: 6s',
    /\.yaml:2:\d+: "intervall" is not an option, expected one of interval, story, stream-path$/,
  ],
  ['stream-path: a\n\nstreamPath: b', /\.yaml:3:\d+: "streamPath" is given twice$/],
  ['interval:\n', /\.yaml:1:\d+: interval: expected one value$/],
  ['story: maybe', /\.yaml:1:\d+: story: "maybe" is neither on nor off, expected true or false$/],
  ['story: [true]', /\.yaml:1:\d+: story: expected true or false$/],
  ['stream-path: {a: 1}', /\.yaml:1:\d+: stream-path: expected a list of values$/],
  ['- interval', /\.yaml:1:\d+: expected a mapping of option names to values$/],
  ['story: true\ninterval: "5s', /\.yaml:2:\d+: not valid YAML: /],
  ['toString: 1', /\.yaml:1:\d+: "toString" is not an option/],
  ['config: other.yaml', /\.yaml:1:\d+: "config" is not an option/],
])('the file %j is refused with file and line', (yaml, message) => {
  expect(() => gather({ yaml })).toThrow(message);
});

test('a value that cannot be parsed is blamed on its source', () => {
  const read = (given: Parameters<typeof gather>[0]) => () => gather(given).read('interval', parseDuration);
  expect(read({ argv: { interval: '5' } })).toThrow(/^--interval: "5" is not a duration/);
  expect(read({ env: { UNCLOG_X_INTERVAL: 'x' } })).toThrow(/^UNCLOG_X_INTERVAL: "x" is not a duration/);
  expect(read({ yaml: '# first\ninterval: 500\n' })).toThrow(
    /\.yaml:2:\d+: interval: "500" is not a duration/,
  );
});

test('a file that cannot be read is blamed on who named it', () => {
  expect(() => gather({ argv: { config: '/nowhere/x.yaml' } })).toThrow(
    '--config: cannot read /nowhere/x.yaml: there is no such file',
  );
  expect(() => gather({ env: { UNCLOG_CONFIG: folder } })).toThrow(/^UNCLOG_CONFIG: cannot read /);
});

test('a flag of one value that is given twice, or without one, is refused', () => {
  expect(() => gather({ argv: { interval: ['1s', '2s'] } })).toThrow(
    '--interval was given 2 times, expected once',
  );
  expect(() => gather({ argv: { interval: '' } })).toThrow('--interval has no value');
});

test('a word that is not among the choices is refused with the choices', () => {
  const parse = parseChoice(['auto', 'close', 'length']);
  expect(parse('--framing', 'close')).toBe('close');
  expect(() => parse('--framing', 'x')).toThrow(
    '--framing: "x" is not known here, expected auto, close or length',
  );
});
