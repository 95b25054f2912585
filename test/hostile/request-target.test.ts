import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer, startUpstream } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';
import {
  type Attack,
  expectFooledDirectly,
  expectServed,
  expectStopped,
  type Fooled,
  PATHS,
} from './support/attack.ts';
import { startLenientUpstream } from './support/lenient-upstream.ts';

/** What a server that decodes first and resolves then takes for the path. */
function carelessPath(target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  const plain = path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const stack: string[] = [];
  for (const segment of plain.replaceAll('\\', '/').split('/')) {
    const name = segment.replace(/;.*$/s, '');
    if (name === '..') stack.pop();
    else if (name !== '' && name !== '.') stack.push(name);
  }
  return `/${stack.join('/')}`;
}

const toAdmin: Fooled = (seen) => seen.some(({ target }) => carelessPath(target) === '/admin');

const TRAVERSALS = (
  [
    ['dot segments', (path) => `${path}/../admin`],
    ['dot segments at the end', (path) => `${path}/x/../../admin/.`],
    ['encoded dot segments', (path) => `${path}/%2e%2e/admin`],
    ['half encoded dot segments', (path) => `${path}/.%2E/admin`],
    ['dot segments with parameters', (path) => `${path}/..;x=y/admin`],
    ['dot segments before an encoded slash', (path) => `${path}/..%2fadmin`],
    ['dot segments between encoded slashes', (path) => `${path}%2F..%2Fadmin`],
    ['dot segments all encoded', (path) => `${path}%2f%2e%2e%2fadmin`],
    ['dot segments before an encoded backslash', (path) => `${path}/..%5cadmin`],
    ['backslashes', (path) => `${path}\\..\\admin`],
    ['dot segments in an absolute form', (path) => `http://a${path}/../admin`],
  ] as [string, (path: string) => string][]
).map(
  ([name, target]): Attack => ({
    name,
    upstream: {},
    bytes: (path) => `GET ${target(path)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    gateway: 400,
    fooled: toAdmin,
  }),
);

const ODD: Attack[] = [
  ['an absolute form without end', 'http://['],
  ['an absolute form without host', 'http:///admin'],
  ['an absolute form with a port that is none', 'http://a:b/admin'],
  ['an absolute form with user information', 'http://b@a/admin'],
  ['an absolute form of another scheme', 'gopher://a/admin'],
  ['a scheme without slashes', 'http:admin'],
  ['authority form', 'a:80'],
  ['an asterisk', '*'],
  ['a fragment', '/stream#/admin'],
  ['a relative path', 'admin'],
  ['a query without path', '?admin'],
].map(([name, target]) => ({
  name: name as string,
  upstream: {},
  bytes: () => `OPTIONS ${target} HTTP/1.1\r\nHost: a\r\n\r\n`,
  gateway: 400 as const,
  fooled: (seen) => seen.length > 0,
}));

describe.each(PATHS)('paths that lead elsewhere from %s', (path) => {
  it.each(TRAVERSALS)('$name: the upstream alone goes there', (attack) => expectFooledDirectly(attack, path));
  it.each(TRAVERSALS)('$name: not behind the gateway', (attack) => expectStopped(attack, path));
});

describe('request targets that are no path', () => {
  it.each(ODD)('$name: the upstream alone takes it', (attack) => expectFooledDirectly(attack, ''));
  it.each(ODD)('$name: not behind the gateway', (attack) => expectStopped(attack, ''));
});

const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

describe.each([
  ['the relay', '/stream/', ''],
  ['the pool', '/shop/', ''],
  ['an upgrade', '/ws/', WEBSOCKET],
])('a path through %s', (_way, prefix, fields) => {
  it.each([
    '%2F%5c//b/',
    '%252e%252e%252fadmin',
    '%0d%0aX:%20y',
    '%00',
    '%zz',
    ';v=1?x=../..&y=?',
    '"<>{}|^`',
    '~.../..a',
    '\xc3\xa9\xff',
  ])('goes on byte for byte: %j', async (rest) => {
    const upstream = await startLenientUpstream();
    const { address } = await startGateway(upstream.url);
    const client = await connectPeer(address.port);
    client.write(`GET ${prefix}${rest} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    const head = await client.head();
    // Refusing is safe as well; changing is not.
    if (head.status === 400) expect(upstream.accepted).toBe(0);
    else expect(upstream.targets).toEqual([prefix + rest]);
    await expectServed(address.port, upstream);
  });

  it.each(['//evil.test/x', '//[', '///', '//@evil.test/'])(
    'that looks like an authority stays a path: %s',
    async (target) => {
      const upstream = await startLenientUpstream();
      const { address } = await startGateway(upstream.url);
      const client = await connectPeer(address.port);
      client.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      await client.until(`reached ${target}`);
      expect(upstream.targets).toEqual([target]);
      await expectServed(address.port, upstream);
    },
  );

  it('never leads to another server than the upstream', async () => {
    const other = await startUpstream();
    const upstream = await startLenientUpstream();
    const { address } = await startGateway(upstream.url);
    for (const target of [
      `http://127.0.0.1:${other.port}${prefix}`,
      `//127.0.0.1:${other.port}${prefix}`,
      `${prefix}@127.0.0.1:${other.port}/`,
    ]) {
      const client = await connectPeer(address.port);
      client.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${other.port}\r\n${fields}\r\n`);
      await client.until('reached /');
    }
    await sleep(30);
    expect(other.accepted).toBe(0);
    expect(upstream.accepted).toBeGreaterThan(0);
  });
});
