import type { EndReason, HeaderList, Observation } from '../types.ts';
import type { TraceBlock } from './curl-trace-blocks.ts';

/** What a trace tells, as it is read. */
export interface TraceReading {
  observation: Observation;
  /** Fields of the response head that is being read; null between heads. */
  head: HeaderList | null;
  statusLine: string;
  secure: boolean;
  body: { atMs: number; read: number; bytes: Buffer }[];
}

const INFOS: readonly [RegExp, (reading: TraceReading, match: RegExpExecArray, atMs: number) => void][] = [
  [
    /^Connected to /,
    ({ observation }, _, atMs) => {
      observation.marks.connectMs = atMs;
    },
  ],
  [
    /^SSL connection using (TLSv[\d.]+)/,
    (reading, match, atMs) => {
      reading.secure = true;
      reading.observation.marks.tlsMs = atMs;
      reading.observation.tls = { protocol: match[1] ?? 'unknown', alpn: null, issuer: null };
    },
  ],
  [
    /^ALPN[:,] server accepted (?:to use )?(\S+)/,
    ({ observation }, match) => void setTls(observation, { alpn: match[1] ?? null }),
  ],
  [
    /^ issuer: (.+)$/,
    ({ observation }, match) => {
      const name = match[1] ?? '';
      setTls(observation, {
        issuer: /(?:^|[;,]\s*)O=([^;]+)/.exec(name)?.[1]?.trim() ?? /CN=([^;]+)/.exec(name)?.[1] ?? null,
      });
    },
  ],
  [/left intact/, (reading, _, atMs) => endWith(reading, 'complete', atMs)],
  [
    /^transfer closed with|^HTTP\/2 stream \d+ was not closed cleanly|partial file/i,
    (reading, _, atMs) => endWith(reading, 'truncated', atMs),
  ],
  [
    /^Recv failure: Connection reset|Connection reset by peer/,
    (reading, _, atMs) => endWith(reading, 'reset', atMs),
  ],
  [/^Operation timed out/, (reading, _, atMs) => endWith(reading, 'stopped-by-probe', atMs)],
  [/^Closing connection/i, (reading, _, atMs) => endWith(reading, 'closed', atMs)],
  [/^Could not resolve host/, (reading, _, atMs) => failWith(reading, 'ENOTFOUND', 'dns', atMs)],
  [
    /^connect to .* failed: Connection refused/,
    (reading, _, atMs) => failWith(reading, 'ECONNREFUSED', 'connect', atMs),
  ],
  [
    /^SSL certificate problem: (.+)/,
    (reading, match, atMs) => failWith(reading, match[1] ?? 'certificate', 'tls', atMs),
  ],
];

/** Takes what a line of curl's own says: connection, TLS, and how it ended. */
export function readInfo(reading: TraceReading, { text, atMs }: TraceBlock): void {
  for (const [pattern, act] of INFOS) {
    const match = pattern.exec(text);
    if (match !== null) act(reading, match, atMs);
  }
}

function setTls(observation: Observation, more: Partial<NonNullable<Observation['tls']>>): void {
  if (observation.tls !== null) Object.assign(observation.tls, more);
}

function endWith({ observation, head }: TraceReading, reason: EndReason, atMs: number): void {
  if (observation.response !== null && head === null) observation.end ??= { reason, atMs, detail: null };
}

function failWith(
  { observation }: TraceReading,
  code: string,
  phase: 'dns' | 'connect' | 'tls',
  atMs: number,
): void {
  if (observation.response === null) observation.error ??= { code, message: code, phase, atMs };
}
