import { afterEach } from 'vitest';
import {
  createOrigin,
  type OriginOptions,
  type RunningOrigin,
  type StreamEnd,
} from '../../src/origin/origin.ts';

const running: RunningOrigin[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((origin) => origin.close()));
});

/** An origin on a free port, closed after the test. */
export async function startOrigin(options: OriginOptions = {}): Promise<RunningOrigin> {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, ...options });
  running.push(origin);
  return origin;
}

/** The next stream that ends. */
export function nextStreamEnd(origin: RunningOrigin): Promise<StreamEnd> {
  return new Promise((resolve) => {
    const unsubscribe = origin.onStreamEnd((end) => {
      unsubscribe();
      resolve(end);
    });
  });
}
