import { base64Of, bytesOf, latin1 } from '../../http/base64.ts';
import { maskFields } from '../../probe/mask-fields.ts';
import type { Observation } from '../../types.ts';
import { LANE_MESSAGES, RUN_WARNINGS, SKIP_REASONS } from './messages.ts';
import { LANE_IDS, type SideTest } from './model.ts';
import {
  address,
  choice,
  list,
  matching,
  members,
  number,
  orNull,
  pair,
  type Reader,
  ShapeError,
  text,
  whole,
} from './read-json.ts';
import { type CheckRecord, emptyObservation, framingOf, type LaneRecord } from './record.ts';

/** A link longer than this is not offered, and not read: mail programs and chats break them. */
const MOST_CHARACTERS = 24_000;
/** What a fragment unpacks to at most: a few bytes can stand for gigabytes. */
const MOST_UNPACKED_BYTES = 1_048_576;
const LONGEST_MS = 86_400_000;

/** `1`: deflate (RFC 1951) in base64url; `0`: bare base64url, of browsers that cannot compress. */
const FORM = /^#?r=([01])\.([\w-]+)$/;

interface PackedLane {
  id: LaneRecord['id'];
  status: LaneRecord['status'];
  plan: LaneRecord['plan'];
  reconnects: number;
  url: string;
  startedAtEpochMs: number;
  marks: [startMs: number, headMs: number | null];
  response: { status: number; httpVersion: string; headers: [string, string][] } | null;
  protocol: string | null;
  /** Arrival and text of each piece. */
  pieces: [atMs: number, text: string][];
  end: { reason: 'complete' | 'truncated' | 'stopped-by-probe'; atMs: number; detail: string | null } | null;
  error: { code: string; message: string; phase: 'connect' | 'head'; atMs: number } | null;
  exchanges: { sentAtMs: number; receivedAtMs: number; status: number; originEpochMs: number | null }[];
  pathHeaders: [string, string][];
  lags: [atMs: number, lagMs: number][];
}

interface PackedRecord extends Omit<CheckRecord, 'lanes'> {
  lanes: PackedLane[];
}

const ms = number(-LONGEST_MS, LONGEST_MS);
const headers = list(pair(text(200), text(2_000)), 100);
const epochMs = number(0, 8.64e15);
const protocol = orNull(matching(/^[\w./-]{1,20}$/, 'a name of a protocol'));
const message = choice(Object.values(LANE_MESSAGES));

const packedLane: Reader<PackedLane> = members<PackedLane>({
  id: choice(LANE_IDS),
  status: choice(['waiting', 'connecting', 'open', 'receiving', 'reconnecting', 'done', 'failed']),
  plan: members<LaneRecord['plan']>({
    events: whole(1, 1_000),
    eventBytes: whole(0, 65_536),
    intervalMs: number(1, 60_000),
    quietMs: number(0, 600_000),
  }),
  reconnects: whole(0, 10_000),
  url: address,
  startedAtEpochMs: epochMs,
  marks: pair(ms, orNull(ms)),
  response: orNull(
    members<NonNullable<PackedLane['response']>>({
      status: whole(100, 999),
      httpVersion: choice(['1.0', '1.1', '2', '3', 'unknown']),
      headers,
    }),
  ),
  protocol,
  pieces: list(pair(ms, text(65_536)), 2_000),
  end: orNull(
    members<NonNullable<PackedLane['end']>>({
      reason: choice(['complete', 'truncated', 'stopped-by-probe']),
      atMs: ms,
      detail: orNull(message),
    }),
  ),
  error: orNull(
    members<NonNullable<PackedLane['error']>>({
      code: choice(['UNCLOG_BROWSER', 'UNCLOG_TIMEOUT', 'UNCLOG_INTERRUPTED']),
      message,
      phase: choice(['connect', 'head']),
      atMs: ms,
    }),
  ),
  exchanges: list(
    members<PackedLane['exchanges'][number]>({
      sentAtMs: ms,
      receivedAtMs: ms,
      status: whole(0, 999),
      originEpochMs: orNull(epochMs),
    }),
    50,
  ),
  pathHeaders: headers,
  lags: list(pair(ms, number(0, LONGEST_MS)), 500),
});

const sideTest = <T>(result: Reader<T>): Reader<SideTest<T>> =>
  members<SideTest<T>>({
    status: choice(['waiting', 'running', 'done', 'skipped']),
    result: orNull(result),
    reason: orNull(choice(Object.values(SKIP_REASONS))),
  });

const packedRecord: Reader<PackedRecord> = members<PackedRecord>({
  version: choice([1]),
  compareOrigin: orNull(address),
  lanes: list(packedLane, LANE_IDS.length),
  reconnection: sideTest(choice(['passed', 'dropped', 'changed'])),
  connections: sideTest(
    members<{ asked: number; opened: number }>({ asked: whole(0, 100), opened: whole(0, 100) }),
  ),
  protocol,
  elapsedMs: number(0, LONGEST_MS),
  expectedMs: number(0, LONGEST_MS),
  warnings: list(choice(Object.values(RUN_WARNINGS)), 5),
});

/** A finished run as the fragment of a link; null where it would be too long. Credentials and query values are masked. */
export async function writeFragment(record: CheckRecord): Promise<string | null> {
  const packed: PackedRecord = { ...record, lanes: record.lanes.map(packLane) };
  const bytes = new TextEncoder().encode(JSON.stringify(packed, rounded));
  const canPack = typeof CompressionStream === 'function';
  const body = canPack
    ? await collect(bytes, new CompressionStream('deflate-raw'), bytes.length + 1_024)
    : bytes;
  const fragment = `#r=${canPack ? 1 : 0}.${urlSafe(base64Of(body))}`;
  return fragment.length > MOST_CHARACTERS ? null : fragment;
}

/**
 * The run that a fragment carries; null where it carries none. Whoever made it: only what a run can hold is read.
 * @throws ShapeError with a sentence for people
 */
export async function readFragment(fragment: string): Promise<CheckRecord | null> {
  if (!/^#?r=/.test(fragment)) return null;
  if (fragment.length > MOST_CHARACTERS) throw new ShapeError('The result in this link is too long.');
  const [, form, packed = ''] = FORM.exec(fragment) ?? [];
  if (form === undefined) throw new ShapeError('The result in this link was cut off or changed on its way.');
  try {
    const bytes = bytesOf(packed);
    const unpacked =
      form === '0'
        ? bytes
        : await collect(bytes, new DecompressionStream('deflate-raw'), MOST_UNPACKED_BYTES);
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(unpacked));
    const { lanes, ...rest } = packedRecord(json, 'result');
    if (new Set(lanes.map(({ id }) => id)).size !== lanes.length) throw new ShapeError('a lane comes twice');
    return { ...rest, lanes: lanes.map(unpackLane) };
  } catch (error) {
    const why = error instanceof ShapeError ? ` (${error.message.slice(0, 120)})` : '';
    throw new ShapeError(
      `The result in this link cannot be read: it was cut off, or made by another version${why}.`,
    );
  }
}

function packLane({ observation, ...lane }: LaneRecord): PackedLane {
  const safe = maskFields(observation);
  const { response, end, error, marks, chunks } = safe;
  return {
    ...{ id: lane.id, status: lane.status, plan: lane.plan, reconnects: lane.reconnects },
    ...{ url: safe.url, startedAtEpochMs: safe.startedAtEpochMs, marks: [marks.startMs, marks.headMs] },
    response: response && {
      status: response.status,
      httpVersion: response.httpVersion,
      headers: response.headers,
    },
    protocol: safe.browser?.protocol ?? null,
    pieces: chunks.map(({ atMs, base64 }) => [atMs, latin1(bytesOf(base64))]),
    end: end as PackedLane['end'],
    error: error as PackedLane['error'],
    exchanges: safe.pathExchanges,
    pathHeaders: safe.pathHeaders ?? [],
    lags: safe.proberLags.slice(-500).map(({ atMs, lagMs }) => [atMs, lagMs]),
  };
}

function unpackLane(packed: PackedLane): LaneRecord {
  const { id, status, plan, reconnects, marks, response, pieces, protocol } = packed;
  const observation: Observation = {
    ...emptyObservation({ id, plan }, packed.url, {
      startedAtEpochMs: packed.startedAtEpochMs,
      nowMs: marks[0],
    }),
    response: response && { ...response, reason: '', framing: framingOf(response.headers, protocol) },
    tls:
      response !== null && packed.url.startsWith('https:')
        ? { protocol: 'TLS', alpn: protocol, issuer: null }
        : null,
    reads: pieces.map(([atMs, piece]) => ({ atMs, bytes: piece.length })),
    chunks: pieces.map(([atMs, piece], read) => ({ atMs, read, base64: base64Of(fromLatin1(piece)) })),
    ...{ end: packed.end, error: packed.error, pathExchanges: packed.exchanges },
    proberLags: packed.lags.map(([atMs, lagMs]) => ({ atMs, lagMs })),
    ...(packed.pathHeaders.length === 0 ? {} : { pathHeaders: packed.pathHeaders }),
  };
  observation.marks = {
    ...observation.marks,
    ...{ requestMs: status === 'waiting' ? null : marks[0], firstByteMs: marks[1], headMs: marks[1] },
  };
  if (observation.browser !== undefined) observation.browser.protocol = protocol;
  return { id, status, plan, reconnects, observation };
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

/** A tenth of a millisecond is more than a browser tells. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

interface ByteTransform {
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly readable: ReadableStream<Uint8Array>;
}

/** What comes out of a stream that packs or unpacks, as long as it is no more than `most` bytes. */
async function collect(bytes: Uint8Array, through: unknown, most: number): Promise<Uint8Array> {
  const { writable, readable } = through as ByteTransform;
  const writer = writable.getWriter();
  // Its failure shows where it is read.
  writer.write(new Uint8Array(bytes)).catch(() => {});
  writer.close().catch(() => {});
  const reader = readable.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new ShapeError('it unpacks to too much');
    }
    pieces.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
