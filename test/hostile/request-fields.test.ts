import { describe, expect, it } from 'vitest';
import { connectPeer } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';
import {
  type Attack,
  expectFooledDirectly,
  expectStopped,
  type Fooled,
  PATHS,
  SMUGGLED,
} from './support/attack.ts';
import { startLenientUpstream } from './support/lenient-upstream.ts';

/** Fields by which a client could lie to the upstream or reach past this hop. */
const FIELDS = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Server',
  'Forwarded',
  'X-Real-IP',
  'Proxy',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Keep-Alive',
  'Upgrade',
  'Trailer',
];

/** As a server that makes CGI variables of the names sees them. */
const claims = (field: string): Fooled => {
  const name = field.toLowerCase().replaceAll('_', '-');
  return (seen) =>
    seen.some(({ fields }) => fields.some(([key, value]) => key === name && value.includes('evil')));
};

const spellings = (name: string): string[] => [
  ...new Set([name, name.toUpperCase(), name.replaceAll('-', '_'), name.replace(/-(?=[^-]*$)/, '_')]),
];

const FORGED: Attack[] = FIELDS.flatMap(spellings).map((name) => ({
  name,
  upstream: { looseNames: true },
  bytes: (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${name}: evil\r\n\r\n`,
  gateway: 'forwarded',
  fooled: claims(name),
}));

const HOPS: Attack[] = [
  {
    name: 'a field that Connection nominates',
    upstream: {},
    bytes: (path) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret\r\nX-Secret: evil\r\n\r\n`,
    gateway: 'forwarded',
    fooled: claims('X-Secret'),
  },
  {
    name: 'a field that a second Connection nominates in other letters',
    upstream: {},
    bytes: (path) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nX-Secret: evil\r\nCONNECTION: x-SECRET\r\n\r\n`,
    gateway: 'forwarded',
    fooled: claims('X-Secret'),
  },
  ...['X-Forwarded-For', 'Host', 'Content-Length', 'Transfer-Encoding', 'X-Real-IP'].map(
    (name): Attack => ({
      name: `the trailer ${name}`,
      upstream: { looseNames: true },
      bytes: (path) =>
        `POST ${path} HTTP/1.1\r\nHost: a\r\nTrailer: ${name}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n${name}: evil\r\n\r\n`,
      // Node's parser refuses framing fields there; the others are dropped with all trailers.
      gateway: /^(?:Content-Length|Transfer-Encoding)$/.test(name) ? 'cut off' : 'forwarded',
      fooled: claims(name),
    }),
  ),
];

describe.each(PATHS)('request fields on %s', (path) => {
  it.each([...FORGED, ...HOPS])('$name: the upstream alone believes it', (attack) =>
    expectFooledDirectly(attack, path),
  );
  it.each([...FORGED, ...HOPS])('$name: not behind the gateway', (attack) => expectStopped(attack, path));

  it.each([
    ['Content-Length', [`Content-Length: ${SMUGGLED.length}`], SMUGGLED],
    [
      'Transfer-Encoding',
      ['Transfer-Encoding: chunked'],
      `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    ],
  ])('Connection cannot nominate %s away: the body stays a body', async (name, fields, body) => {
    const upstream = await startLenientUpstream();
    const { address } = await startGateway(upstream.url);
    const client = await connectPeer(address.port);
    client.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: ${name}\r\n${fields.join('\r\n')}\r\n\r\n${body}`,
    );
    await client.until(`reached ${path}`);
    expect(upstream.seen.map((seen) => seen.body)).toEqual([SMUGGLED]);
  });
});
