/** Something that several tests use at once, and that is not to run for longer than they need it. */
export interface SharedPart<T> {
  /** To be called once for every test that will use it, before the first does. */
  expectUse(): void;
  /** Starts it for the first user, stops it after the last that was expected. */
  use<R>(work: (part: T) => Promise<R>): Promise<R>;
  /** Stops what runs still, because an expected test did not run. */
  close(): Promise<void>;
}

export function createSharedPart<T extends { close(): Promise<void> }>(
  start: () => Promise<T>,
): SharedPart<T> {
  let expected = 0;
  let users = 0;
  let running: Promise<T> | null = null;

  async function close(): Promise<void> {
    const last = running;
    running = null;
    const part = await last?.catch(() => null);
    await part?.close();
  }

  return {
    expectUse: () => {
      expected++;
    },
    async use(work) {
      users++;
      running ??= start();
      const own = running;
      // What could not start is tried again by the next user.
      own.catch(() => {
        if (running === own) running = null;
      });
      try {
        return await work(await own);
      } finally {
        users--;
        expected--;
        if (users === 0 && expected <= 0) await close();
      }
    },
    close,
  };
}
