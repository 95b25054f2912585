import { describe, expect, it, vi } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

const FREE = { listen: { host: '127.0.0.1', port: 0 } };

describe('several listeners', () => {
  it('serve the same, limit connections together, and close together', async () => {
    const upstream = await startNamed('a');
    const gateway = await startGateway(upstream.url, { listeners: [FREE, FREE], maxConnections: 2 });
    const ports = gateway.running.addresses.map(({ port }) => port);
    expect(new Set(ports).size).toBe(2);
    for (const port of ports) expect((await fetchRaw(port, '/')).body).toBe('a');
    const held = await Promise.all(ports.map((port) => connectPeer(port)));
    const refused = await fetchRaw(ports[1] ?? 0, '/');
    expect(refused.status).toBe(503);
    for (const { socket } of held) socket.destroy();
    await vi.waitFor(async () => expect((await fetchRaw(ports[0] ?? 0, '/')).status).toBe(200));
    await gateway.running.close();
    for (const port of ports) await expect(connectPeer(port)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('are all given up when one cannot be had', async () => {
    const upstream = await startNamed('a');
    const free = await startNamed('b');
    await free.stop();
    const taken = { listen: { host: '127.0.0.1', port: upstream.port } };
    const first = { listen: { host: '127.0.0.1', port: free.port } };
    const starting = createGateway({ upstream: 'http://127.0.0.1:1', listeners: [first, taken] });
    await expect(starting).rejects.toThrow(/cannot listen on/);
    await expect(connectPeer(free.port)).rejects.toThrow(/ECONNREFUSED/);
  });
});
