import type { LaneRecorder } from './lane-recorder.ts';
import { LANE_MESSAGES } from './messages.ts';
import { GRACE_MS } from './record.ts';

/** A test stream is far smaller; something else that answers is not read to its end. */
const MOST_BODY_BYTES = 4_194_304;
const MOST_OTHER_BYTES = 16_384;

const { blocked: BLOCKED, broken: BROKEN, ended: ENDED, givenUp: GIVEN_UP } = LANE_MESSAGES;

/** How long a lane is waited for: its own length, and what is let go with its end. */
export function patienceMs({ record: { plan } }: LaneRecorder): number {
  return plan.events * plan.intervalMs + plan.quietMs + GRACE_MS;
}

/** Reads a stream with fetch, to its end or to the end of patience. Never rejects. */
export async function readWithFetch(lane: LaneRecorder, url: string, signal: AbortSignal): Promise<void> {
  const abort = new AbortController();
  const onAbort = (): void => abort.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(onAbort, patienceMs(lane));
  lane.start();
  let answered = false;
  try {
    const response = await fetch(url, {
      headers: { Accept: 'text/event-stream' },
      cache: 'no-store',
      signal: abort.signal,
    });
    answered = true;
    lane.head({ status: response.status, headers: [...response.headers] });
    await readBody(lane, response, abort);
    lane.end('ended', ENDED);
  } catch {
    if (answered)
      lane.end(abort.signal.aborted ? 'given-up' : 'broken', abort.signal.aborted ? GIVEN_UP : BROKEN);
    else if (abort.signal.aborted)
      lane.fail(signal.aborted ? 'UNCLOG_INTERRUPTED' : 'UNCLOG_TIMEOUT', GIVEN_UP);
    else lane.fail('UNCLOG_BROWSER', BLOCKED);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function readBody(lane: LaneRecorder, response: Response, abort: AbortController): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const isStream = response.ok && /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
  const most = isStream ? MOST_BODY_BYTES : MOST_OTHER_BYTES;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    lane.body(value);
    if (lane.bodyBytes > most) {
      abort.abort();
      return;
    }
  }
}

/**
 * Reads a stream with an EventSource, which reconnects by itself. What it does not show (status, fields, pieces of
 * events) is not made up; what came is written down as events look on the wire.
 */
export function readWithEventSource(lane: LaneRecorder, url: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    lane.start();
    const source = new EventSource(url);
    let opened = false;
    const close = (): void => {
      source.close();
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const giveUp = (
      code: 'UNCLOG_TIMEOUT' | 'UNCLOG_INTERRUPTED' | 'UNCLOG_BROWSER',
      detail: string,
    ): void => {
      if (opened) lane.end(code === 'UNCLOG_BROWSER' ? 'broken' : 'given-up', detail);
      else lane.fail(code, detail);
      close();
    };
    const onAbort = (): void => giveUp('UNCLOG_INTERRUPTED', GIVEN_UP);
    const timer = setTimeout(() => giveUp('UNCLOG_TIMEOUT', GIVEN_UP), patienceMs(lane));
    signal.addEventListener('abort', onAbort, { once: true });
    source.onopen = () => {
      opened = true;
      // An EventSource opens for this status and this type only (WHATWG HTML, "Server-sent events").
      lane.head({ status: 200, headers: [['content-type', 'text/event-stream']] });
    };
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      lane.body(new TextEncoder().encode(asOnTheWire(lastEventId, data)));
      if (!lane.isComplete) return;
      lane.end('ended', null);
      close();
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) giveUp('UNCLOG_BROWSER', opened ? BROKEN : BLOCKED);
      else if (opened) {
        lane.record.reconnects += 1;
        lane.status('reconnecting');
      }
    };
  });
}

function asOnTheWire(id: string, data: string): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`);
  return `${id === '' ? '' : `id: ${id}\n`}${lines.join('')}\n`;
}
