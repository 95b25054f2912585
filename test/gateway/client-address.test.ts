import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientKey, createAddressSet, isAddressBlock } from '../../src/gateway/address-set.ts';
import { readProvenance } from '../../src/gateway/forwarded.ts';
import type { HeaderList } from '../../src/types.ts';

const TRUSTED = createAddressSet(['10.0.0.0/8', '::1', 'fd00::/8']);

function clientOf(peer: string, fields: HeaderList): string {
  const req = { socket: { remoteAddress: peer } } as unknown as IncomingMessage;
  return readProvenance(req, fields, TRUSTED).client;
}

const xff = (value: string): HeaderList => [['X-Forwarded-For', value]];
const forwarded = (value: string): HeaderList => [['Forwarded', value]];

test.each<[what: string, peer: string, fields: HeaderList, client: string]>([
  ['a stranger is itself', '192.0.2.1', xff('6.6.6.6'), '192.0.2.1'],
  ['a stranger over IPv6 that carries IPv4', '::ffff:192.0.2.1', [], '192.0.2.1'],
  ['a trusted proxy without a word', '10.0.0.1', [], '10.0.0.1'],
  ['the last that is not trusted', '10.0.0.1', xff('6.6.6.6, 192.0.2.1, 10.0.0.2'), '192.0.2.1'],
  ['the first, where all are trusted', '10.0.0.1', xff('10.0.0.3, 10.0.0.2'), '10.0.0.3'],
  ['several fields are one list', '10.0.0.1', [...xff('6.6.6.6'), ...xff('192.0.2.1')], '192.0.2.1'],
  ['what is no address ends the chain', '10.0.0.1', xff('6.6.6.6, unknown, 10.0.0.2'), '10.0.0.2'],
  ['with a port', '10.0.0.1', xff('192.0.2.1:4711'), '192.0.2.1'],
  ['IPv6', 'fd00::1', xff('2001:db8::1'), '2001:db8::1'],
  ['IPv6 in brackets with a port', '::1', xff('[2001:db8::1]:4711'), '2001:db8::1'],
  ['Forwarded', '10.0.0.1', forwarded('for=6.6.6.6, for=192.0.2.1;proto=https'), '192.0.2.1'],
  ['Forwarded with IPv6', '10.0.0.1', forwarded('proto=https;For="[2001:db8::1]:80"'), '2001:db8::1'],
  ['Forwarded that hides', '10.0.0.1', forwarded('for=_hidden'), '10.0.0.1'],
  [
    'X-Forwarded-For before Forwarded',
    '10.0.0.1',
    [...forwarded('for=6.6.6.6'), ...xff('192.0.2.1')],
    '192.0.2.1',
  ],
])('the client is found: %s', (_what, peer, fields, client) => {
  expect(clientOf(peer, fields)).toBe(client);
});

test('a chain of any length is read within a bound', () => {
  const chain = Array.from({ length: 3_000 }, () => '10.0.0.2').join(',');
  expect(clientOf('10.0.0.1', xff(`192.0.2.1,${chain}`))).toBe('10.0.0.2');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['1:2:3::8', '1:2:3:0::/64'],
])('the client %s is counted as %s', (address, key) => {
  expect(clientKey(address)).toBe(key);
});

test('only addresses and blocks make a set', () => {
  for (const block of ['10.0.0.0/8', '::1', '192.0.2.1', 'fd00::/0'])
    expect(isAddressBlock(block)).toBe(true);
  for (const text of ['10.0.0.0/33', '::/129', 'localhost', '10.0.0', '10.0.0.0/', '', '*'])
    expect(isAddressBlock(text)).toBe(false);
});
