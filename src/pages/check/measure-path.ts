import { originTime } from '../../probe/clock-answer.ts';
import type { HeaderList, PathExchange } from '../../types.ts';
import type { PageClock } from './page-clock.ts';
import { randomToken } from './stream-query.ts';

/** Exchanges that count; one before them also pays for the connection. */
const EXCHANGES = 5;
const TIMEOUT_MS = 2_000;
const MOST_ANSWER_CHARACTERS = 4_096;

/** What short exchanges with the origin's clock showed of one way. */
export interface MeasuredPath {
  exchanges: PathExchange[];
  headers: HeaderList;
  /** As the browser names it; null where it does not say. */
  protocol: string | null;
}

/** Asks for the origin's clock a few times, as the command line does: round trip and clock offset of this very way. */
export async function measurePath(
  base: string,
  clock: PageClock,
  signal: AbortSignal,
  count = EXCHANGES,
): Promise<MeasuredPath> {
  const path: MeasuredPath = { exchanges: [], headers: [], protocol: null };
  for (let i = 0; i <= count && !signal.aborted; i += 1) {
    const measured = await exchangeOnce(base, clock, signal);
    if (measured === null) break;
    path.headers = measured.headers;
    path.protocol = measured.protocol ?? path.protocol;
    if (i > 0) path.exchanges.push(measured.exchange);
  }
  return path;
}

async function exchangeOnce(
  base: string,
  clock: PageClock,
  signal: AbortSignal,
): Promise<{ exchange: PathExchange; headers: HeaderList; protocol: string | null } | null> {
  // A query that nobody used before: an answer out of a cache would tell an old time.
  const url = new URL(`clock?once=${randomToken()}`, base).href;
  const abort = new AbortController();
  const onAbort = (): void => abort.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(onAbort, TIMEOUT_MS);
  try {
    let sentAtMs = clock.nowMs();
    const response = await fetch(url, { cache: 'no-store', signal: abort.signal });
    let receivedAtMs = clock.nowMs();
    const text = (await response.text()).slice(0, MOST_ANSWER_CHARACTERS);
    const timing = timingOf(url);
    // The browser's own times leave out what the page's thread was busy with.
    if (timing !== null && timing.requestStart > 0 && timing.responseStart > 0) {
      sentAtMs = clock.at(timing.requestStart);
      receivedAtMs = clock.at(timing.responseStart);
    }
    const { status } = response;
    return {
      exchange: { sentAtMs, receivedAtMs, status, originEpochMs: originTime(status, text) },
      headers: [...response.headers],
      protocol: timing?.nextHopProtocol || null,
    };
  } catch {
    // The streams tell why nothing can be reached.
    return null;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function timingOf(url: string): PerformanceResourceTiming | null {
  const entry = performance.getEntriesByName(url, 'resource').at(-1);
  return entry instanceof PerformanceResourceTiming ? entry : null;
}
