import { base64Of, bytesOf, latin1 } from '../../http/base64.ts';
import type { Observation } from '../../types.ts';
import type { PageClock } from './page-clock.ts';
import { framingOf, type LaneRecord } from './record.ts';
import { watch } from './show-record.ts';

/** What a lane's reader reports to; the record grows with it. */
export interface LaneRecorder {
  readonly record: LaneRecord;
  start(): void;
  /** The response head is there. */
  head(response: { status: number; headers: [string, string][] }): void;
  body(bytes: Uint8Array): void;
  /** Null: the stream's own end. */
  end(reason: 'ended' | 'broken' | 'given-up', detail: string | null): void;
  fail(code: 'UNCLOG_BROWSER' | 'UNCLOG_TIMEOUT' | 'UNCLOG_INTERRUPTED', message: string): void;
  status(status: LaneRecord['status']): void;
  /** All events of the plan came. */
  readonly isComplete: boolean;
  readonly bodyBytes: number;
}

const VERSIONS: Readonly<Record<string, string>> = {
  'http/1.0': '1.0',
  'http/1.1': '1.1',
  h2: '2',
  h3: '3',
};

export function createLaneRecorder(
  record: LaneRecord,
  clock: PageClock,
  protocol: string | null,
  onChange: () => void,
): LaneRecorder {
  const { observation } = record;
  let bodyBytes = 0;
  const status = (next: LaneRecord['status']): void => {
    record.status = next;
    onChange();
  };
  const isOver = (): boolean => observation.end !== null || observation.error !== null;
  return {
    record,
    status,
    get bodyBytes() {
      return bodyBytes;
    },
    get isComplete() {
      return watch(observation).timeline.events.at(-1)?.seq === record.plan.events;
    },
    start() {
      observation.marks.startMs = clock.nowMs();
      observation.marks.requestMs = observation.marks.startMs;
      status('connecting');
    },
    head({ status: code, headers }) {
      const { marks } = observation;
      marks.headMs ??= clock.nowMs();
      marks.firstByteMs ??= marks.headMs;
      const httpVersion = VERSIONS[protocol ?? ''] ?? 'unknown';
      const framing = framingOf(headers, protocol);
      observation.response ??= { status: code, reason: '', httpVersion, headers, framing };
      if (observation.url.startsWith('https:'))
        observation.tls = { protocol: 'TLS', alpn: protocol, issuer: null };
      if (observation.browser !== undefined) observation.browser.protocol = protocol;
      status('open');
    },
    body(bytes) {
      if (isOver() || bytes.length === 0) return;
      const atMs = clock.nowMs();
      bodyBytes += bytes.length;
      const read = observation.reads.push({ atMs, bytes: bytes.length }) - 1;
      observation.chunks.push({ atMs, read, base64: base64Of(bytes) });
      status('receiving');
    },
    end(reason, detail) {
      if (isOver()) return;
      const complete = watch(observation).timeline.events.at(-1)?.seq === record.plan.events;
      const isStream =
        observation.response?.status === 200 && watch(observation).timeline.format === 'event-stream';
      // What is no stream has no last event to be missed.
      const ended = complete || !isStream ? 'complete' : 'truncated';
      observation.end = {
        reason: reason === 'given-up' ? 'stopped-by-probe' : reason === 'broken' ? 'truncated' : ended,
        atMs: clock.nowMs(),
        detail: complete ? null : detail,
      };
      maskBody(observation);
      status(complete ? 'done' : 'failed');
    },
    fail(code, message) {
      if (isOver()) return;
      const phase = code === 'UNCLOG_BROWSER' ? 'connect' : 'head';
      observation.error = { code, message, phase, atMs: clock.nowMs() };
      status('failed');
    },
  };
}

/**
 * Nothing but test streams may get into a report: the filling of their events becomes a row of `x`, and of an answer
 * that is none (a sign-in page may name its reader) every letter and digit does.
 */
function maskBody(observation: Observation): void {
  const whole = observation.chunks.map((chunk) => latin1(bytesOf(chunk.base64)));
  const { events, format } = watch(observation).timeline;
  const ours = format === 'event-stream' && events.every(({ seq }) => seq !== null);
  const text = whole.join('');
  const masked = ours
    ? text.replaceAll(/"pad":"([^"]*)/g, (_, pad: string) => `"pad":"${'x'.repeat(pad.length)}`)
    : text.replaceAll(/[A-Za-z0-9\x80-\xff]/g, 'x');
  let from = 0;
  observation.chunks.forEach((chunk, i) => {
    const length = whole[i]?.length ?? 0;
    const part = masked.slice(from, from + length);
    chunk.base64 = base64Of(Uint8Array.from(part, (character) => character.charCodeAt(0)));
    from += length;
  });
}
