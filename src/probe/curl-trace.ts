import type { HeaderList, Observation } from '../types.ts';
import { type TraceBlock, traceBlocks } from './curl-trace-blocks.ts';
import { readInfo, type TraceReading } from './curl-trace-infos.ts';
import { createDechunker } from './dechunk.ts';
import { isCredential } from './targets.ts';

/**
 * Reads what `curl -N --trace-time --trace-ascii FILE` wrote; `--trace FILE` holds the exact bytes and is read, too.
 * In the ASCII form curl prints every unprintable byte as a dot: line ends are told from full stops by what follows.
 *
 * @param text the file, one character per byte
 * @returns the recording of the last exchange in it, or a sentence that says why there is none
 * @see https://curl.se/docs/manpage.html#--trace-ascii
 */
export function parseCurlTrace(text: string): Observation | string {
  const blocks = traceBlocks(text);
  if (typeof blocks === 'string') return blocks;
  const first = blocks[0];
  if (first === undefined)
    return 'nothing in it can be judged, expected what unclog probe --save or curl --trace-time --trace-ascii wrote';
  const reading: TraceReading = {
    observation: emptyObservation(first.atMs),
    head: null,
    statusLine: '',
    secure: false,
    body: [],
  };
  for (const block of blocks) READERS[block.kind](reading, block);
  return finish(reading, blocks.at(-1)?.atMs ?? first.atMs);
}

const READERS: Record<TraceBlock['kind'], (reading: TraceReading, block: TraceBlock) => void> = {
  info: readInfo,
  'send-header': readRequestHead,
  'send-data': () => {},
  'recv-header': readResponseField,
  'recv-data': readBody,
};

function emptyObservation(startMs: number): Observation {
  return {
    schemaVersion: 1,
    hop: 'curl',
    url: '',
    startedAtEpochMs: 0,
    request: { method: 'GET', headers: [] },
    marks: {
      startMs,
      dnsMs: null,
      connectMs: null,
      tlsMs: null,
      requestMs: null,
      firstByteMs: null,
      headMs: null,
    },
    response: null,
    tls: null,
    reads: [],
    chunks: [],
    end: null,
    error: null,
    pathExchanges: [],
    proberLags: [],
    limits: { waitFirstMs: 0, durationMs: 0, events: null },
  };
}

/** A new request on the same trace (a redirect, a tunnel through a proxy) starts the exchange anew. */
function readRequestHead(reading: TraceReading, { bytes, atMs }: TraceBlock): void {
  const { observation } = reading;
  const lines = bytes.toString('latin1').split(/\r?\n/);
  const [method = 'GET', target = '/'] = (lines[0] ?? '').split(' ');
  const fields = lines.slice(1).flatMap((line): HeaderList => {
    const colon = line.indexOf(':', 1);
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]];
  });
  const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'unknown.invalid';
  const url = /^https?:/i.test(target) ? target : `${reading.secure ? 'https' : 'http'}://${host}${target}`;
  observation.url = URL.canParse(url) ? url : 'http://unknown.invalid/';
  observation.request = { method, headers: fields.filter(([name]) => !isCredential(name)) };
  observation.marks.requestMs = atMs;
  observation.marks.firstByteMs = null;
  observation.marks.headMs = null;
  observation.response = null;
  observation.end = null;
  observation.reads = [];
  reading.body = [];
  reading.head = null;
}

function readResponseField(reading: TraceReading, { bytes, atMs }: TraceBlock): void {
  const { observation } = reading;
  const line = bytes.toString('latin1').replace(/\r?\n$/, '');
  observation.marks.firstByteMs ??= atMs;
  observation.reads.push({ atMs, bytes: bytes.length });
  if (/^HTTP\/[\d.]+ \d{3}/.test(line)) {
    reading.statusLine = line;
    reading.head = [];
    observation.response = null;
  } else if (line === '') finishHead(reading, atMs);
  else {
    const colon = line.indexOf(':');
    if (colon > 0) reading.head?.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
}

function finishHead(reading: TraceReading, atMs: number): void {
  const [, version = '1.1', status = '0', reason = ''] =
    /^HTTP\/([\d.]+) (\d{3}) ?(.*)$/.exec(reading.statusLine) ?? [];
  const headers = reading.head;
  reading.head = null;
  // 1xx answers are interim (RFC 9110 section 15.2), and a tunnel's 200 is followed by a request of its own.
  if (headers === null || Number(status) < 200) return;
  const has = (name: string, value: RegExp): boolean =>
    headers.some(([field, text]) => field.toLowerCase() === name && value.test(text));
  const framing = has('transfer-encoding', /chunked\s*$/i)
    ? 'chunked'
    : has('content-length', /^\d+$/)
      ? 'content-length'
      : 'close';
  reading.observation.marks.headMs = atMs;
  reading.observation.response = {
    status: Number(status),
    reason,
    httpVersion: version,
    headers,
    framing: version.startsWith('2') ? 'h2' : framing,
  };
}

function readBody({ observation, body }: TraceReading, { bytes, atMs }: TraceBlock): void {
  observation.reads.push({ atMs, bytes: bytes.length });
  body.push({ atMs, read: observation.reads.length - 1, bytes });
}

function finish(reading: TraceReading, lastMs: number): Observation | string {
  const { observation, body } = reading;
  const { response, marks } = observation;
  if (observation.url === '')
    return observation.error === null
      ? 'there is no request in it, expected a whole curl trace'
      : withoutRequest(reading);
  const dechunk = response?.framing === 'chunked' ? createDechunker(body[0]?.bytes) : null;
  observation.chunks = body.flatMap(({ atMs, read, bytes }) => {
    const payload = dechunk === null ? bytes : dechunk.feed(bytes);
    return payload.length === 0 ? [] : [{ atMs, read, base64: payload.toString('base64') }];
  });
  if (response === null) {
    observation.error ??= {
      code: 'UNCLOG_TIMEOUT',
      message: 'no response head',
      phase: 'head',
      atMs: lastMs,
    };
  } else {
    // A trace that just stops was ended from outside, by Ctrl-C for instance.
    observation.end = wholeEnd(reading, dechunk?.done ?? null, lastMs);
  }
  observation.startedAtEpochMs = epochOfZero(observation) ?? 0;
  observation.hop = new URL(observation.url).host;
  const watchedMs = lastMs - (marks.headMs ?? marks.startMs);
  observation.limits = { waitFirstMs: lastMs - marks.startMs, durationMs: watchedMs, events: null };
  return observation;
}

function withoutRequest({ observation }: TraceReading): Observation {
  return { ...observation, url: 'http://unknown.invalid/' };
}

function wholeEnd(
  { observation }: TraceReading,
  lastChunkSeen: boolean | null,
  lastMs: number,
): Observation['end'] {
  const end = observation.end ?? { reason: 'stopped-by-probe' as const, atMs: lastMs, detail: null };
  if (end.reason !== 'closed') return end;
  // curl closes the connection after a whole answer, too, when the server asked for that.
  const framing = observation.response?.framing;
  return framing === 'close' ? end : { ...end, reason: lastChunkSeen === false ? 'truncated' : 'complete' };
}

/** A trace has times of day only: the answer's own Date field says which day it was. */
function epochOfZero({ response, marks }: Observation): number | null {
  const date = response?.headers.find(([name]) => name.toLowerCase() === 'date')?.[1];
  const epochMs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(epochMs) || epochMs < 0 ? null : epochMs - (marks.headMs ?? 0);
}
