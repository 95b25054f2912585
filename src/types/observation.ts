import type { BrowserRecord } from './browser.ts';
import type { EndReason, Framing, HeaderList } from './words.ts';

/** The part of one chunk, or of one DATA frame, that one socket read carried. Base64 keeps it JSON-safe. */
export interface ObservedChunk {
  /** Arrival of the socket read that carried it. */
  atMs: number;
  /** Index into {@link Observation.reads} of the socket read that carried it: pieces of one read arrived together. */
  read: number;
  /** Body bytes after transfer decoding (chunk framing removed), before content decoding. */
  base64: string;
  /** Only where the payload is masked and a content coding was in force: bytes as received; `base64` is decoded then. */
  encodedBytes?: number;
}

/** A failure to get any response head. */
export interface ObservedError {
  /** Node's error code, e.g. `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, or `UNCLOG_TIMEOUT`. */
  code: string;
  message: string;
  phase: 'dns' | 'connect' | 'tls' | 'request' | 'head';
  atMs: number;
}

/** One short, complete exchange on the same path (`Content-Length` answer): how long the path itself takes. */
export interface PathExchange {
  sentAtMs: number;
  receivedAtMs: number;
  status: number;
  /** Epoch milliseconds the origin put into the answer; null when the answer did not come from an unclog origin. */
  originEpochMs: number | null;
}

/** One chunk of a chunked body (RFC 9112 section 7.1) as it stood on the wire. */
export interface WireChunk {
  /** Arrival of the read that completed its size line. */
  atMs: number;
  /** Index into {@link Observation.reads} of that read. */
  read: number;
  /** Arrival of its last byte of data; null when the answer broke off inside of it. */
  doneMs: number | null;
  /** Bytes of data that it announces; 0 for the last chunk. */
  bytes: number;
  /** The digits as written: upper or lower case, with leading zeros. Products differ in that. */
  digits: string;
  /** What stood behind the digits, from the semicolon or blank on, where something did; at most 200 characters. */
  extension?: string;
}

/** One HTTP/2 DATA frame (RFC 9113 section 6.1) of the answer. */
export interface WireFrame {
  /** Arrival of the read that completed its head. */
  atMs: number;
  read: number;
  /** Bytes of payload, padding left out. */
  bytes: number;
  /** Bytes of padding with its length field, where there is any. */
  paddingBytes?: number;
}

/** Something in the answer that the protocol does not allow and that was read nevertheless, or ended the reading. */
export interface ProtocolFault {
  /** A short name that stays the same: `chunk-size`, `bare-lf`, `excess-bytes`, … */
  code: string;
  /** One sentence. */
  detail: string;
  atMs: number;
}

/** An interim answer (1xx) that came before the response head, or a head on the way to it. */
export interface InterimResponse {
  status: number;
  headers: HeaderList;
  atMs: number;
}

/** The answer's framing as it came over the connection: who framed it shows in this, and in what blocks. */
export interface WireRecord {
  /** Bytes of the response head, its empty line included; in HTTP/2, of its compressed header block. */
  headBytes: number | null;
  interim: InterimResponse[];
  /** Chunks in order, the last one (size 0) included; empty where the body is not chunked. */
  chunks: WireChunk[];
  /** DATA frames in order; empty in HTTP/1. */
  frames: WireFrame[];
  trailers: HeaderList;
  faults: ProtocolFault[];
  /** Chunks or frames beyond the number that is kept. */
  omitted: number;
}

/** A redirect that was followed. */
export interface ObservedRedirect {
  /** Where the answer came from; user information and fragment removed. */
  url: string;
  status: number;
  /** Where it led, as an absolute URL, likewise. */
  location: string;
  atMs: number;
  headers: HeaderList;
  /** True when credentials stayed behind because the target is another origin. */
  withoutCredentials: boolean;
}

/** The HTTP proxy that the request went through because the prober was told to. */
export interface ObservedProxy {
  /** Without user information. */
  url: string;
  /** The environment variable that named it, or `-x`. */
  from: string;
  /** `tunnel`: CONNECT (RFC 9110 section 9.3.6), so that it sees TLS only; `forward`: it reads the answer. */
  mode: 'tunnel' | 'forward';
  /** Its answer to CONNECT. */
  answer: { status: number; headers: HeaderList } | null;
}

/** One run of a command that makes an event happen in a quiet stream. */
export interface TriggerRun {
  startMs: number;
  /** Null when it was still running at the end. */
  endMs: number | null;
  exitCode: number | null;
}

/** The session with an MCP server (streamable HTTP) that the recorded answer belongs to; its id is never recorded. */
export interface McpSession {
  /** Protocol version that the server chose; null when it did not say. */
  protocolVersion: string | null;
  hasSessionId: boolean;
  /** What was recorded: the answer to a POST, or the stream that a GET opens. */
  recorded: 'post' | 'get';
  /** Answer to the POST. */
  post: { status: number | null; contentType: string | null };
  /** The GET stream: servers without one answer 405. `headMs`: from the request. */
  get: { status: number | null; contentType: string | null; headMs: number | null };
}

/** Raw record of one watched answer: JSON-safe, replayable; nothing in it is judged. Credentials never get into it. */
export interface Observation {
  schemaVersion: 1;
  hop: string;
  url: string;
  /** Epoch milliseconds of the prober's clock at `0` of the monotonic times in this observation. */
  startedAtEpochMs: number;
  request: { method: string; headers: HeaderList };
  /** Monotonic marks; null where it did not happen. `requestMs`: request written; `headMs`: head complete. */
  marks: {
    startMs: number;
    /** Behind a redirect: when the connection to the last address was begun. */
    dialMs?: number;
    dnsMs: number | null;
    connectMs: number | null;
    tlsMs: number | null;
    requestMs: number | null;
    firstByteMs: number | null;
    headMs: number | null;
  };
  response: {
    status: number;
    reason: string;
    httpVersion: string;
    headers: HeaderList;
    framing: Framing;
  } | null;
  tls: {
    protocol: string;
    alpn: string | null;
    issuer: string | null;
    /** Why the certificate would have been refused, were it not for `-k`. */
    unverified?: string;
  } | null;
  /** How the answer was framed; absent from recordings of before it was kept. */
  wire?: WireRecord;
  /** Redirects that led to this answer, in order; `url` is the first one's. */
  redirects?: ObservedRedirect[];
  /** The proxy in between, as far as the prober was told of one. */
  proxy?: ObservedProxy;
  /** Path of the unix socket that was connected to. */
  unixSocket?: string;
  /** Socket reads of the answer, in order: decrypted bytes as they came, head and chunk framing included. */
  reads: { atMs: number; bytes: number }[];
  chunks: ObservedChunk[];
  end: { reason: EndReason; atMs: number; detail: string | null } | null;
  error: ObservedError | null;
  pathExchanges: PathExchange[];
  /** Response fields of the last of those exchanges: they name the product even where the stream's own head never comes. */
  pathHeaders?: HeaderList;
  /** Times at which the prober itself was late, with by how much: arrivals near them are not to be trusted. */
  proberLags: { atMs: number; lagMs: number }[];
  /** Present where payload characters were masked: `decoded` tells whether the content coding could be undone. */
  masked?: { decoded: boolean };
  /** Runs of the command of `--trigger` while this was watched. */
  triggers?: TriggerRun[];
  /** What `--mcp` found out before and beside the stream that is recorded here. */
  mcp?: McpSession;
  /** What only a browser can tell, where a page made the recording. */
  browser?: BrowserRecord;
  /** Name of the clock behind the times, where recordings of several machines are judged together. */
  clock?: string;
  /** How long the probe waited for a first event, and watched from it on. */
  limits: { waitFirstMs: number; durationMs: number; events: number | null };
}
