import { freePort } from '../processes.ts';
import { connectPeer } from './peer.ts';
import { requestText } from './stage.ts';
import { CHUNKED_HEAD, chunk, event } from './streams.ts';
import { Upstream } from './upstream.ts';

const EVENTS = 200;

/** Median time of an event from the upstream's socket to a client that is connected to it directly. */
export async function measureDirect(): Promise<number> {
  const upstream = new Upstream(await freePort());
  await upstream.listen();
  const client = await connectPeer(upstream.port);
  client.write(requestText('direct', {}));
  const origin = await upstream.request('direct', 2_000);
  if (origin === null) throw new Error('a request over loopback does not arrive');
  origin.peer.write(CHUNKED_HEAD);
  const times: number[] = [];
  for (let n = 1; n <= EVENTS; n++) {
    const sentMs = performance.now();
    origin.peer.write(chunk(event(n)));
    await client.until(`data: event ${n}\n`, 2_000, Math.max(0, client.text.length - 32));
    times.push(performance.now() - sentMs);
  }
  client.socket.destroy();
  await upstream.close();
  return times.sort((a, b) => a - b)[EVENTS >> 1] ?? 0;
}
