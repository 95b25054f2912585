import { describe, expect, it } from 'vitest';
import { connectPeer } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';
import {
  type Attack,
  expectFooledDirectly,
  expectServed,
  expectStopped,
  type Fooled,
  PATHS,
  SMUGGLED,
} from './support/attack.ts';
import { startLenientUpstream } from './support/lenient-upstream.ts';

const get = (path: string, ...lines: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const anything: Fooled = (seen) => seen.length > 0;
const LOOSE = { lineEnds: 'lf', folding: 'join', looseNames: true } as const;

const LINES: Attack[] = [
  {
    name: 'a head that ends in bare LFs',
    upstream: { lineEnds: 'lf' },
    bytes: (path) => get(path, `X-A: b\n\n${SMUGGLED}`),
    gateway: 400,
  },
  {
    name: 'a head that ends in bare CRs',
    upstream: { lineEnds: 'cr' },
    bytes: (path) => get(path, `X-A: b\r\r${SMUGGLED}`),
    gateway: 400,
  },
  {
    name: 'a bare LF after the request line',
    upstream: LOOSE,
    bytes: (path) => get(path).replace('1.1\r\n', '1.1\n'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a bare CR in a value',
    upstream: { lineEnds: 'cr' },
    bytes: (path) => get(path, 'X-A: b\rX-Admin: c'),
    gateway: 400,
    fooled: (seen) => seen.some(({ fields }) => fields.some(([name]) => name === 'x-admin')),
  },
  {
    name: 'a folded value',
    upstream: { folding: 'join' },
    bytes: (path) => get(path, 'X-A: b', ' c'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a folded value behind a tab',
    upstream: { folding: 'join' },
    bytes: (path) => get(path, 'X-A: b', '\tc'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a first field that is folded',
    upstream: LOOSE,
    bytes: (path) => get(path).replace('\r\nHost', '\r\n Host'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a NUL in a value',
    upstream: {},
    bytes: (path) => get(path, 'X-A: b\0c'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a NUL in a name',
    upstream: LOOSE,
    bytes: (path) => get(path, 'X-\0A: b'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a NUL in the target',
    upstream: {},
    bytes: (path) => get(`${path}\0x`),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a delete character in a value',
    upstream: {},
    bytes: (path) => get(path, 'X-A: b\x7fc'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a line without colon',
    upstream: LOOSE,
    bytes: (path) => get(path, 'nonsense'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a field without name',
    upstream: LOOSE,
    bytes: (path) => get(path, ': b'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a space before a colon',
    upstream: LOOSE,
    bytes: (path) => get(path, 'X-A : b'),
    gateway: 400,
    fooled: anything,
  },
];

const REQUEST_LINES = (
  [
    ['a tab before the target', (path) => get(path).replace('GET ', 'GET\t'), 400],
    ['a blank in the target', (path) => get(`${path} x`), 400],
    ['something behind the version', (path) => get(path).replace('HTTP/1.1', 'HTTP/1.1 x'), 400],
    ['a version in small letters', (path) => get(path).replace('HTTP/1.1', 'http/1.1'), 400],
    ['HTTP/1.2', (path) => get(path).replace('HTTP/1.1', 'HTTP/1.2'), 400],
    ['HTTP/0.9 with fields', (path) => get(path).replace('HTTP/1.1', 'HTTP/0.9'), 505],
    ['HTTP/2.0', (path) => get(path).replace('HTTP/1.1', 'HTTP/2.0'), 505],
    ['HTTP/3.0', (path) => get(path).replace('HTTP/1.1', 'HTTP/3.0'), 400],
    ['HTTP/0.9', (path) => `GET ${path}\r\n\r\n`, 505],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 400],
    ['a made-up method', (path) => get(path).replace('GET', 'SMUGGLE'), 400],
    ['a method in small letters', (path) => get(path).replace('GET', 'get'), 400],
  ] as [string, Attack['bytes'], number][]
).map(
  ([name, bytes, gateway]): Attack => ({
    name,
    upstream: { looseNames: true },
    bytes,
    gateway,
    fooled: anything,
  }),
);

const HEADS: Attack[] = [
  {
    name: 'a second Host',
    upstream: {},
    bytes: (path) => get(path, 'Host: b'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a second Host of the same value',
    upstream: {},
    bytes: (path) => get(path, 'Host: a'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'no Host',
    upstream: {},
    bytes: (path) => get(path).replace('Host: a\r\n', ''),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a Host with a list',
    upstream: {},
    bytes: (path) => get(path).replace('Host: a', 'Host: a, b'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a Host with a path',
    upstream: {},
    bytes: (path) => get(path).replace('Host: a', 'Host: a/admin'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: 'a Host with a port that is none',
    upstream: {},
    bytes: (path) => get(path).replace('Host: a', 'Host: a:80@b'),
    gateway: 400,
    fooled: anything,
  },
  {
    name: '1,100 fields, the length behind them',
    upstream: {},
    bytes: (path) => get(path, ...Array<string>(1_100).fill('A:'), 'Content-Length: 34', `\r\n${SMUGGLED}`),
    gateway: 431,
    fooled: anything,
  },
  {
    name: '2,500 fields',
    upstream: {},
    bytes: (path) => get(path, ...Array<string>(2_500).fill('A:b')),
    gateway: 431,
    fooled: anything,
  },
  {
    name: 'a value of 20,000 bytes',
    upstream: {},
    bytes: (path) => get(path, `X-A: ${'b'.repeat(20_000)}`),
    gateway: 431,
    fooled: anything,
  },
  {
    name: 'a name of 20,000 bytes',
    upstream: {},
    bytes: (path) => get(path, `${'X'.repeat(20_000)}: b`),
    gateway: 431,
    fooled: anything,
  },
  {
    name: 'a target of 20,000 bytes',
    upstream: {},
    bytes: (path) => get(`${path}?${'x'.repeat(20_000)}`),
    gateway: 431,
    fooled: anything,
  },
  {
    name: 'another expectation',
    upstream: {},
    bytes: (path) => get(path, 'Expect: x'),
    gateway: 417,
    fooled: anything,
  },
];

/** Oddities that Node's parser takes; the upstream gets the request written anew. */
const MENDED: Attack[] = [
  {
    name: 'two blanks before the target',
    upstream: {},
    bytes: (path) => get(` ${path}`),
    gateway: 'forwarded',
    fooled: (seen) => seen.some(({ line }) => line.includes('  ')),
  },
  {
    name: 'another protocol',
    upstream: {},
    bytes: (path) => get(path).replace('HTTP/1.1', 'RTSP/1.0'),
    gateway: 'forwarded',
    fooled: (seen) => seen.some(({ line }) => line.includes('RTSP')),
  },
  {
    name: 'an expectation beside 100-continue',
    upstream: {},
    bytes: (path) => get(path, 'Expect: 100-continue, x'),
    gateway: 'forwarded',
    fooled: (seen) => seen.some(({ fields }) => fields.some(([name]) => name === 'expect')),
  },
];

describe.each(PATHS)('request syntax on %s', (path) => {
  const all = [...LINES, ...REQUEST_LINES, ...HEADS, ...MENDED];
  it.each(all)('$name: the upstream alone takes it', (attack) => expectFooledDirectly(attack, path));
  it.each(all)('$name: not behind the gateway', (attack) => expectStopped(attack, path));
  it('a request behind one that was refused is not served', () =>
    expectStopped(
      { name: '', upstream: {}, bytes: (at) => get(at, 'Host: b') + SMUGGLED, gateway: 400 },
      path,
    ));
  it('nor is one behind HTTP/0.9 with an expectation', () =>
    expectStopped(
      {
        name: '',
        upstream: {},
        bytes: (at) => `GET ${at}\r\nHost: a\r\nConnection: keep-alive\r\nExpect: x\r\n\r\n${SMUGGLED}`,
        gateway: 505,
      },
      path,
    ));
  it('HTTP/0.9 behind an honest request is not served', async () => {
    const upstream = await startLenientUpstream();
    const { address } = await startGateway(upstream.url);
    const attacker = await connectPeer(address.port);
    attacker.write(`${get(path)}GET /admin\r\n\r\n`);
    await attacker.untilEnd();
    expect(attacker.text).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 505 /s);
    expect(upstream.targets).toEqual([path]);
    await expectServed(address.port, upstream);
  });
});
