import { describe, expect, it } from 'vitest';
import { connectPeer } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';
import {
  type Attack,
  answersIn,
  expectFooledDirectly,
  expectServed,
  expectStopped,
  PATHS,
  SMUGGLED,
} from './support/attack.ts';
import { startLenientUpstream } from './support/lenient-upstream.ts';

const post = (path: string, fields: readonly string[], body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\n${fields.map((line) => `${line}\r\n`).join('')}\r\n${body}`;

/** An empty chunked body to those who see a coding, and one of known length to those who do not. */
const hidden = `0\r\n\r\n${SMUGGLED}`;
const length = `Content-Length: ${hidden.length}`;
const chunked = 'Transfer-Encoding: chunked';

const LOOSE = { codings: 'loose', looseNames: true } as const;
const sees = (...coding: string[]) => ({
  upstream: { ...LOOSE, framing: 'chunked' as const },
  bytes: (path: string) => post(path, [length, ...coding], hidden),
});

const CODINGS: Attack[] = [
  { name: 'CL.TE', ...sees(chunked), gateway: 400 },
  {
    name: 'CL.TE with the coding first',
    upstream: {},
    bytes: (path) => post(path, [chunked, length], hidden),
    gateway: 400,
  },
  {
    name: 'CL.TE in HTTP/1.0',
    upstream: {},
    bytes: (path) => post(path, [length, chunked], hidden).replace('1.1', '1.0'),
    gateway: 400,
  },
  {
    name: 'TE.CL',
    upstream: { framing: 'length' },
    bytes: (path) =>
      post(
        path,
        ['Content-Length: 4', chunked],
        `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
      ),
    gateway: 400,
  },
  { name: 'TE.TE by a prefix', ...sees('Transfer-Encoding: xchunked'), gateway: 400 },
  { name: 'TE.TE by a second coding', ...sees(chunked, 'Transfer-Encoding: x'), gateway: 400 },
  { name: 'TE.TE by a first coding', ...sees('Transfer-Encoding: x', chunked), gateway: 400 },
  { name: 'TE.TE by a list', ...sees('Transfer-Encoding: identity, chunked'), gateway: 400 },
  {
    name: 'TE.TE by a list the other way round',
    ...sees('Transfer-Encoding: chunked, identity'),
    gateway: 400,
  },
  { name: 'TE.TE by a parameter', ...sees('Transfer-Encoding: chunked;q=1'), gateway: 400 },
  { name: 'TE.TE by quotes', ...sees('Transfer-Encoding: "chunked"'), gateway: 400 },
  { name: 'TE.TE by case', ...sees('tRANSFER-eNCODING: cHUNKED'), gateway: 400 },
  { name: 'TE.TE by a tab', ...sees('Transfer-Encoding:\tchunked'), gateway: 400 },
  { name: 'TE.TE by a vertical tab', ...sees('Transfer-Encoding: \x0bchunked'), gateway: 400 },
  { name: 'TE.TE by a trailing control', ...sees('Transfer-Encoding: chunked\x0c'), gateway: 400 },
  { name: 'TE.TE by a NUL', ...sees('Transfer-Encoding: chunked\0'), gateway: 400 },
  { name: 'TE.TE by a space before the colon', ...sees('Transfer-Encoding : chunked'), gateway: 400 },
  { name: 'TE.TE by a tab before the colon', ...sees('Transfer-Encoding\t: chunked'), gateway: 400 },
  { name: 'TE.TE by a control in the name', ...sees('Transfer-Encoding\x01: chunked'), gateway: 400 },
  {
    name: 'TE.TE by a folded line',
    upstream: { ...LOOSE, folding: 'join' },
    bytes: (path) => post(path, [length, 'Transfer-Encoding:', ' chunked'], hidden),
    gateway: 400,
  },
  {
    name: 'TE.TE by a field that looks folded',
    upstream: { ...LOOSE, folding: 'own-field' },
    bytes: (path) => post(path, [length, 'X-A: b', ` ${chunked}`], hidden),
    gateway: 400,
  },
  {
    name: 'TE.TE behind a bare LF',
    upstream: { lineEnds: 'lf' },
    bytes: (path) => post(path, [length, `X-A: b\n${chunked}`], hidden),
    gateway: 400,
  },
  {
    name: 'TE.TE behind a bare CR',
    upstream: { lineEnds: 'cr' },
    bytes: (path) => post(path, [length, `X-A: b\r${chunked}`], hidden),
    gateway: 400,
  },
  { name: 'TE.TE by an underscore', ...sees('Transfer_Encoding: chunked'), gateway: 'forwarded' },
];

const LENGTHS: Attack[] = [
  ['two lengths, of which the first counts', 'first', ['Content-Length: 0', length], 400],
  ['two lengths, of which the last counts', 'last', [length, 'Content-Length: 0'], 400],
  ['the same length twice', 'first', ['Content-Length: 0', 'Content-Length: 0'], 400],
  ['a list of lengths', 'first', [`Content-Length: 0, ${hidden.length}`], 400],
  ['a length with a sign', 'first', ['Content-Length: +0'], 400],
  ['a length in hexadecimal', 'first', [`Content-Length: 0x${hidden.length.toString(16)}`], 400],
  ['a length with something behind it', 'first', [`Content-Length: 0 ${hidden.length}`], 400],
  ['a length that is a fraction', 'first', ['Content-Length: 0.5'], 400],
  ['a length hidden by a space before the colon', 'first', ['Content-Length : 0', length], 400],
].map(([name, which, fields, gateway]) => ({
  name: name as string,
  upstream: { length: which as 'first' | 'last', looseNames: true },
  bytes: (path: string) => post(path, fields as string[], hidden.slice(5)),
  gateway: gateway as number,
}));
LENGTHS.push({
  name: 'a length hidden by an underscore',
  upstream: { length: 'first', looseNames: true },
  bytes: (path) => post(path, ['Content_Length: 0', `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
  gateway: 'forwarded',
});

const LF = { lineEnds: 'lf' } as const;
const SIZES = { looseSizes: true } as const;

/** Bodies that end early for a careless reader; what follows is a request to it. */
const CHUNKS: Attack[] = (
  [
    ['a size that overflows 64 bits', SIZES, `10000000000000000\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['a size that overflows 32 bits', SIZES, `100000000\r\n\r\n${SMUGGLED}`, 'held as a body'],
    ['a size with a prefix', SIZES, `0x0\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['a size with a sign', SIZES, `-0\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['a size with an underscore', SIZES, `0_0\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['a size with a blank before it', SIZES, ` 0\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['no size at all', SIZES, `\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['data that is not followed by a line end', SIZES, `1\r\nabc0\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['an extension that ends in a bare LF', LF, `2;a\nxx\r\n0\r\n\r\n${SMUGGLED}`, 'cut off'],
    ['an extension of the last chunk with a bare LF', LF, `0;a\n\r\n${SMUGGLED}`, 'cut off'],
    ['an extension with a bare CR', { lineEnds: 'cr' }, `0;a\r\r\n${SMUGGLED}`, 'cut off'],
    ['a size that ends in a bare LF', LF, `0\n\n${SMUGGLED}`, 'cut off'],
    ['trailers that end in a bare LF', LF, `0\r\nA: b\n\r\n${SMUGGLED}`, 'cut off'],
  ] as const
).map(([name, upstream, body, gateway]) => ({
  name,
  upstream,
  bytes: (path) => post(path, [chunked], body),
  gateway,
}));

describe.each(PATHS)('request framing on %s', (path) => {
  it.each([...CODINGS, ...LENGTHS, ...CHUNKS])('$name: the upstream alone is fooled', (attack) =>
    expectFooledDirectly(attack, path),
  );
  it.each([...CODINGS, ...LENGTHS, ...CHUNKS])('$name: not behind the gateway', (attack) =>
    expectStopped(attack, path),
  );
});

describe.each(PATHS)('a body on %s that its method has no use for', (path) => {
  it.each([
    ['GET', 'length'],
    ['GET', 'chunked'],
    ['DELETE', 'chunked'],
    ['OPTIONS', 'chunked'],
    ['HEAD', 'length'],
  ])('%s with %s: goes on as that body, never as a request', async (method, framing) => {
    const upstream = await startLenientUpstream();
    const { address } = await startGateway(upstream.url);
    const client = await connectPeer(address.port);
    const body =
      framing === 'length' ? SMUGGLED : `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;
    const field = framing === 'length' ? `Content-Length: ${body.length}` : chunked;
    client.write(post(path, [field], body).replace('POST', method));
    await client.head();
    await expect.poll(() => upstream.seen.map((request) => request.body)).toEqual([SMUGGLED]);
    expect(upstream.targets).toEqual([path]);
    await expectServed(address.port, upstream);
  });
});

describe.each(PATHS)('CL.0 on %s: an upstream that does not read bodies', (path) => {
  it('its answer to the smuggled request reaches neither the attacker nor the next client', async () => {
    // The smuggled request takes a while, as real ones do: its answer comes when the connection looks idle.
    const upstream = await startLenientUpstream({ framing: 'none', thinkMs: 60 });
    const { address } = await startGateway(upstream.url);
    const attacker = await connectPeer(address.port);
    attacker.write(post(path, [`Content-Length: ${SMUGGLED.length}`], SMUGGLED));
    await attacker.until(`reached ${path}`);
    // Fooled it is, by its own doing; that must stay between the two of them.
    await expect.poll(() => upstream.targets).toContain('/admin');
    const victim = await connectPeer(address.port);
    victim.write('GET /honest HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await victim.until('reached ')).split('\r\n\r\n')[1]).toBe('reached /honest');
    expect(answersIn(attacker.text)).toBe(1);
    expect(attacker.text).not.toContain('reached /admin');
    await expectServed(address.port, upstream);
  });
});
