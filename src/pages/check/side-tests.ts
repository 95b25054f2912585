import { streamUrl } from './stream-query.ts';

const RECONNECT_TIMEOUT_MS = 8_000;
const BEFORE_CUT = 3;
const ASKED = 8;
/** Streams that have not begun by then wait for a connection. */
const BEGUN_WITHIN_MS = 1_500;

/** What became of an EventSource that is cut off after three events: null where it did not come back in time. */
export function testReconnection(
  base: string,
  signal: AbortSignal,
): Promise<'passed' | 'dropped' | 'changed' | null> {
  const url = streamUrl(base, {
    ...{ events: 2 * BEFORE_CUT, interval: '100ms', size: 40 },
    ...{ 'cut-after': BEFORE_CUT, retry: '300ms', resume: 'yes' },
  });
  return new Promise((resolve) => {
    const source = new EventSource(url);
    let wasCut = false;
    const finish = (result: 'passed' | 'dropped' | 'changed' | null): void => {
      source.close();
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = (): void => finish(null);
    const timer = setTimeout(onAbort, RECONNECT_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    source.onmessage = ({ lastEventId }) => {
      if (!wasCut) return;
      const seq = Number(lastEventId);
      finish(seq === BEFORE_CUT + 1 ? 'passed' : seq === 1 ? 'dropped' : 'changed');
    };
    source.onerror = () => {
      // 204 for a number of which there is nothing left to send.
      if (source.readyState === EventSource.CLOSED) finish(wasCut ? 'changed' : null);
      wasCut = true;
    };
  });
}

/** Asks for more streams than HTTP/1.1 lets a browser have to one host, and counts those that begin. */
export async function testConnections(
  base: string,
  signal: AbortSignal,
): Promise<{ asked: number; opened: number }> {
  const abort = new AbortController();
  const onAbort = (): void => abort.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  let opened = 0;
  const query = { events: 2, 'first-delay': '1ms', interval: `${2 * BEGUN_WITHIN_MS}ms`, size: 40 };
  const readFirst = async (): Promise<void> => {
    const response = await fetch(streamUrl(base, query), { cache: 'no-store', signal: abort.signal });
    const first = await response.body?.getReader().read();
    if (response.ok && first?.value !== undefined && first.value.length > 0) opened += 1;
  };
  const all = Promise.all(Array.from({ length: ASKED }, () => readFirst().catch(() => {})));
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, BEGUN_WITHIN_MS))]);
  const result = { asked: ASKED, opened };
  abort.abort();
  signal.removeEventListener('abort', onAbort);
  return result;
}
