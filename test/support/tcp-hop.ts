import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a hop does with the bytes that come down from its upstream. `send` may be called at any later time. */
export type Downstream = (send: (bytes: Buffer) => void) => {
  data(bytes: Buffer): void;
  /** The upstream ended; what is still kept must be sent now. */
  end(): void | Promise<void>;
};

export interface TcpHop {
  /** Base URL without a trailing slash. */
  url: string;
  /** The same URL through this hop. */
  through(url: string): string;
  /** Breaks off every connection that is open now. */
  cutAll(): void;
  close(): Promise<void>;
}

/** A TCP relay in front of `upstreamUrl` with a made-up way of passing the answer on; requests pass unchanged. */
export async function startTcpHop(
  upstreamUrl: string,
  downstream: Downstream,
  { upLatencyMs = 0 }: { upLatencyMs?: number } = {},
): Promise<TcpHop> {
  const upstream = new URL(upstreamUrl);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const origin = connect({ host: upstream.hostname, port: Number(upstream.port), noDelay: true });
    for (const socket of [client, origin]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    const down = downstream((bytes) => void (client.destroyed || client.write(bytes)));
    client.on('data', (bytes) =>
      setTimeout(() => void (origin.destroyed || origin.write(bytes)), upLatencyMs),
    );
    client.on('close', () => origin.destroy());
    origin.on('data', (bytes) => down.data(bytes));
    origin.on('end', () => void Promise.resolve(down.end()).then(() => client.end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    through: (url) => {
      const { pathname, search } = new URL(url);
      return `http://127.0.0.1:${port}${pathname}${search}`;
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every byte later by the same time, as distance does; a hop that holds each event so long looks alike. */
export const delayed =
  (delayMs: number): Downstream =>
  (send) => ({
    data: (bytes) => void setTimeout(() => send(bytes), delayMs),
    end: () => sleep(delayMs + 20),
  });

/** Passes everything on at once, in pieces of random sizes. */
export const splitAtRandom =
  (largestBytes: number): Downstream =>
  (send) => ({
    data: (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + Math.floor(Math.random() * largestBytes);
        send(bytes.subarray(at, at + size));
        at += size;
      }
    },
    end: () => {},
  });

/** A link of so many bytes a second, in small packets. */
export const slowLink =
  (bytesPerSecond: number): Downstream =>
  (send) => {
    let queue = Buffer.alloc(0);
    let drained: (() => void) | null = null;
    let lastMs = performance.now();
    const timer = setInterval(() => {
      // By the clock, not by the tick: on a busy machine the link must not become slower than it is said to be.
      const nowMs = performance.now();
      const size = Math.ceil((bytesPerSecond * (nowMs - lastMs)) / 1_000);
      lastMs = nowMs;
      if (queue.length > 0) send(queue.subarray(0, size));
      queue = queue.subarray(size);
      if (queue.length === 0 && drained !== null) {
        clearInterval(timer);
        drained();
      }
    }, 10);
    timer.unref();
    return {
      data: (bytes) => {
        queue = Buffer.concat([queue, bytes]);
      },
      end: () =>
        new Promise((resolve) => {
          drained = resolve;
        }),
    };
  };

/** Lets heads and complete short answers through as they are, and hands the body of a stream to `hold`. */
const holdingBodies =
  (hold: Downstream): Downstream =>
  (send) => {
    let body: ReturnType<Downstream> | null = null;
    return {
      data: (bytes) => {
        if (body !== null) body.data(bytes);
        else {
          send(bytes);
          if (!isShort(bytes.toString('latin1'))) body = hold(send);
        }
      },
      end: () => body?.end(),
    };
  };

/** Says how long its body is, or has none (RFC 9112 section 6.3); another answer may follow on the connection. */
function isShort(answer: string): boolean {
  return /content-length/i.test(answer) || /^HTTP\/1\.1 (?:1\d\d|204|304) /.test(answer);
}

/** Bytes kept back, and a way to let them go. */
function createStore(send: (bytes: Buffer) => void) {
  let kept: Buffer = Buffer.alloc(0);
  return {
    add: (bytes: Buffer): void => {
      kept = Buffer.concat([kept, bytes]);
    },
    size: (): number => kept.length,
    release: (bytes = kept.length): void => {
      if (bytes > 0 && kept.length > 0) send(kept.subarray(0, bytes));
      kept = kept.subarray(bytes);
    },
  };
}

/** Keeps the body until `blockBytes` have come together. */
export const inBlocks = (blockBytes: number): Downstream =>
  holdingBodies((send) => {
    const store = createStore(send);
    return {
      data: (bytes) => {
        store.add(bytes);
        while (store.size() >= blockBytes) store.release(blockBytes);
      },
      end: () => store.release(),
    };
  });

/** Keeps the body until the answer ends. */
export const untilTheEnd: Downstream = holdingBodies((send) => {
  const store = createStore(send);
  return { data: store.add, end: () => store.release() };
});

/** Releases the body that has come by, every `periodMs`. */
export const everyPeriod = (periodMs: number): Downstream =>
  holdingBodies((send) => {
    const store = createStore(send);
    const timer = setInterval(() => store.release(), periodMs);
    return {
      data: store.add,
      end: () => {
        clearInterval(timer);
        store.release();
      },
    };
  });

/** Every event (not the head) later by the same time. */
export const eventsDelayed = (delayMs: number): Downstream => holdingBodies(delayed(delayMs));

/** Each event waits for the next one. */
export const oneBehind: Downstream = holdingBodies((send) => {
  const store = createStore(send);
  return {
    data: (bytes) => {
      store.release();
      store.add(bytes);
    },
    end: () => store.release(),
  };
});

/** Keeps the first `ms` of the body, then passes everything on as it comes. */
export const heldInitially = (ms: number): Downstream =>
  holdingBodies((send) => {
    const store = createStore(send);
    let flowing = false;
    setTimeout(() => {
      flowing = true;
      store.release();
    }, ms).unref();
    return {
      data: (bytes) => {
        store.add(bytes);
        if (flowing) store.release();
      },
      end: () => store.release(),
    };
  });

/** Keeps the head until the first event, then passes everything on as it comes. */
export const headWithFirstEvent: Downstream = (send) => {
  const store = createStore(send);
  let pieces = 0;
  return {
    data: (bytes) => {
      store.add(bytes);
      pieces += 1;
      if (pieces > 1 || /content-length/i.test(bytes.toString('latin1'))) store.release();
    },
    end: () => store.release(),
  };
};

/** Removes these lines from every head and touches nothing else: what is left is how a product frames and holds. */
export const unnamed =
  (...names: string[]): Downstream =>
  (send) => {
    const lines = new RegExp(`^(?:${names.join('|')}):.*\\r\\n`, 'gim');
    return {
      data: (bytes) => {
        const text = bytes.toString('latin1');
        const end = text.startsWith('HTTP/1.') ? text.indexOf('\r\n\r\n') : -1;
        if (end < 0) return send(bytes);
        const head = text.slice(0, end + 2).replaceAll(lines, '');
        send(Buffer.concat([Buffer.from(head, 'latin1'), bytes.subarray(end + 2)]));
      },
      end: () => {},
    };
  };
