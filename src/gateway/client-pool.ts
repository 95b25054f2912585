import { type buildConnector, Client, type Dispatcher } from 'undici';

/** Kept upstream connections, each with one request at a time. */
export interface ClientPool {
  /** Sends a request on a kept connection, or on a new one. */
  dispatch(options: Dispatcher.DispatchOptions, handler: PooledHandler): Lease;
  close(): Promise<void>;
}

/** Hears of the answer, and … */
export interface PooledHandler extends Dispatcher.DispatchHandler {
  /**
   * … that the upstream has closed and all it sent was read: to be resumed where it is paused. undici fails an assertion
   * otherwise and takes the process with it (https://github.com/nodejs/undici/issues/5360, not mended in 7.x).
   */
  onUpstreamEnd(): void;
  /** … that the connection broke. undici takes a reset for the end of an answer that ends with its connection. */
  onUpstreamBreak(error: Error): void;
}

/** A connection in the hands of one request. One of the two, once; more is ignored. */
export interface Lease {
  /** The answer has come whole: the connection may serve another request. */
  giveBack(): void;
  /** Closes the connection, whatever is under way on it. */
  drop(): void;
}

/**
 * A pool without a limit. undici's own is not used: its abort puts the aborted request back into the queue of its
 * client, opens a connection for it, and leaves requests behind it waiting for ever (seen with 7.30.2; the reconnecting
 * half is https://github.com/nodejs/undici/issues/5845). Here a connection whose request is given up goes with its client.
 */
export function createClientPool(
  origin: string,
  connector: buildConnector.connector,
  options: Omit<Client.Options, 'connect' | 'pipelining'>,
): ClientPool {
  const all = new Set<Client>();
  // The one used last comes first: those that are not needed time out.
  const idle: Client[] = [];
  const handlers = new WeakMap<Client, PooledHandler>();

  const forget = (client: Client): void => {
    all.delete(client);
    const at = idle.indexOf(client);
    if (at !== -1) idle.splice(at, 1);
  };
  const open = (): Client => {
    const connect: buildConnector.connector = (target, callback) =>
      connector(target, (...result) => {
        // Ahead of undici's own listener.
        result[1]
          ?.prependListener('end', () => handlers.get(client)?.onUpstreamEnd())
          .prependListener('error', (error: Error) => handlers.get(client)?.onUpstreamBreak(error));
        callback(...result);
      });
    const client = new Client(origin, { ...options, connect, pipelining: 1 });
    all.add(client);
    client.on('disconnect', () => {
      if (!idle.includes(client)) return;
      forget(client);
      void client.destroy();
    });
    return client;
  };

  return {
    dispatch(request, handler) {
      const client = idle.pop() ?? open();
      let isOut = true;
      handlers.set(client, handler);
      client.dispatch(request, handler);
      return {
        giveBack() {
          if (!isOut) return;
          isOut = false;
          handlers.delete(client);
          idle.push(client);
        },
        drop() {
          if (!isOut) return;
          isOut = false;
          forget(client);
          void client.destroy();
        },
      };
    },
    async close() {
      await Promise.all([...all].map((client) => client.destroy()));
    },
  };
}
