import { describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectSecurePeer, testCertificate } from './support/secure-gateway.ts';
import { startGateway } from './support/start-gateway.ts';

const FREE = { host: '127.0.0.1', port: 0 };

describe('listeners', () => {
  it('one has TLS and another has not, or has a certificate of its own', async () => {
    const upstream = await startNamed('a');
    const [shared, own] = [testCertificate(), testCertificate('other')];
    const gateway = await startGateway(upstream.url, {
      tlsCert: shared.certificate,
      tlsKey: shared.key,
      listeners: [
        { listen: FREE },
        { listen: FREE, tlsCert: null, tlsKey: null },
        { listen: FREE, tlsCert: own.certificate, tlsKey: own.key },
      ],
    });
    const { urls, addresses } = gateway.running;
    expect(urls.map((url) => url.split(':')[0])).toEqual(['https', 'http', 'https']);
    const [, plain] = addresses;
    expect((await fetchRaw(plain?.port ?? 0, '/')).body).toBe('a');
    const subjects: unknown[] = [];
    for (const at of [addresses[0], addresses[2]]) {
      const client = await connectSecurePeer(at?.port ?? 0);
      subjects.push(client.socket.getPeerCertificate().subject.CN);
      client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      await client.untilEnd();
      expect(client.text.endsWith('\r\n\r\na')).toBe(true);
    }
    expect(subjects).toEqual(['localhost', 'other']);
  });

  it('a certificate that cannot be used is told of its listener', async () => {
    const { key } = testCertificate();
    await expect(
      createGateway({ upstream: 'http://127.0.0.1:1', listeners: [{ listen: FREE, tlsKey: key }] }),
    ).rejects.toThrow('listeners[0].tlsKey: tlsCert is missing');
  });
});
