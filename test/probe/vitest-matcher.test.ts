import '../../src/vitest.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { everyPeriod, startTcpHop, type TcpHop } from '../support/tcp-hop.ts';

describe('await expect(url).toStream()', () => {
  let origin: RunningOrigin;
  let holding: TcpHop;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 60 });
    holding = await startTcpHop(origin.url, everyPeriod(600));
  });
  afterAll(async () => {
    await holding.close();
    await origin.close();
  });
  const options = { durationMs: 1_500 };

  it.concurrent('passes for a stream that arrives as it is sent', async () => {
    await expect(`${origin.url}/stream`).toStream(options);
    await expect(new URL(`${origin.url}/stream`)).toStream({ ...options, headers: { 'X-Test': '1' } });
  });

  it.concurrent('fails for a held one, with the report as its message', async () => {
    const url = holding.through(`${origin.url}/stream`);
    await expect(expect(url).toStream(options)).rejects.toThrow(
      /expected the stream to arrive as it is sent\n\nHELD \(buffered\)/,
    );
    await expect(url).not.toStream(options);
  });

  it.concurrent('compares hops, and names the one to blame', async () => {
    const hops = [
      { name: 'app', url: `${origin.url}/stream` },
      { name: 'edge', url: holding.through(`${origin.url}/stream`) },
    ];
    await expect(expect(hops).toStream(options)).rejects.toThrow(/hop "edge"/);
  });

  it.concurrent('fails for what cannot be reached', async () => {
    await expect(expect('http://127.0.0.1:1/').toStream(options)).rejects.toThrow(/refuses connections/);
  });
});
