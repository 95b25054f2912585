import { describe, expect, it } from 'vitest';
import { fetchRaw, type NamedUpstream, startNamed } from './support/named-upstream.ts';
import { startGateway } from './support/start-gateway.ts';

const CLAIMS = [
  'X-Forwarded-For: 203.0.113.7, 192.0.2.9',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: site.example',
  'X-Forwarded-Port: 443',
  'X-Forwarded-Prefix: /app',
  'X-Real-IP: 203.0.113.7',
  'Forwarded: for=203.0.113.7;proto=https, for=192.0.2.9',
];

async function seen(trustedProxies: string[], fields: string[], path = '/') {
  const upstream: NamedUpstream = await startNamed('a');
  const gateway = await startGateway(upstream.url, { trustedProxies });
  await fetchRaw(gateway.address.port, path, { host: 'edge.test', fields });
  return Object.fromEntries(
    Object.entries(upstream.lastHeaders()).filter(([name]) => /forward|real|^proxy/.test(name)),
  );
}

describe.each(['/', '/stream'])('what a request to %s says of its way', (path) => {
  it('stays when a trusted proxy says it, and the connection’s other end is added', async () => {
    expect(await seen(['127.0.0.0/8'], CLAIMS, path)).toEqual({
      'x-forwarded-for': '203.0.113.7, 192.0.2.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'site.example',
      'x-forwarded-port': '443',
      'x-forwarded-prefix': '/app',
      'x-real-ip': '203.0.113.7',
      forwarded: 'for=203.0.113.7;proto=https, for=192.0.2.9, for=127.0.0.1;host="edge.test";proto=http',
    });
  });

  it('is filled in where a trusted proxy says nothing', async () => {
    expect(await seen(['127.0.0.1', '::1'], [], path)).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'edge.test',
    });
  });

  it('goes when anybody else says it', async () => {
    for (const trusted of [[], ['10.0.0.0/8', '::1']])
      expect(await seen(trusted, CLAIMS, path)).toEqual({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'edge.test',
      });
  });

  it('cannot be taken from a trusted proxy by naming it in Connection, nor doubled with underscores', async () => {
    const fields = [
      ...CLAIMS,
      'Connection: X-Forwarded-For, X-Forwarded-Proto',
      'X_Forwarded_For: 6.6.6.6',
      'Proxy: x',
    ];
    const found = await seen(['127.0.0.1'], fields, path);
    expect(found['x-forwarded-for']).toBe('203.0.113.7, 192.0.2.9, 127.0.0.1');
    expect(found['x-forwarded-proto']).toBe('https');
    expect(Object.keys(found).filter((name) => /_|^proxy/.test(name))).toEqual([]);
  });
});
