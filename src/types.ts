/**
 * START HERE. The data that flows through a measurement, in order:
 *
 * `Observation` (raw, what a socket showed) → `Timeline` (events with times) → `HopFacts` (compared with
 * stamps and nearer hops) → `Finding`s and a `Verdict` per hop → `Report`.
 *
 * Everything but the observation is computed by pure functions, so a saved observation judged later gives
 * the same report. Times are `…Ms` numbers on one monotonic clock whose zero is the start of the run, unless
 * a name says `EpochMs`.
 */

/** Header fields as on the wire: order, case and repeats kept. */
export type HeaderList = [name: string, value: string][];

/** The verdict of a hop, worst first: the overall verdict is the first of these that some hop has. */
export const VERDICTS = [
  'altered',
  'cut',
  'held',
  'not-a-stream',
  'no-events',
  'unreachable',
  'inconclusive',
  'streaming',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How a hop holds: see the table in docs/how-it-judges.md. */
export const HOLD_KINDS = [
  'until-close',
  'until-full',
  'for-time',
  'constant',
  'one-behind',
  'head-only',
  'initial',
  'unknown',
] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];

export const FINDING_IDS = [
  'held-until-close',
  'held-until-full',
  'held-for-time',
  'held-constant',
  'held-one-behind',
  'head-held',
  'held-initially',
  'held-unknown',
  'compressed-unflushed',
  'compressed',
  'cut-when-idle',
  'cut-by-age',
  'timed-out-before-head',
  'truncated',
  'wrong-content-type',
  'http-status',
  'fixed-length',
  'served-from-cache',
  'events-lost',
  'events-duplicated',
  'events-reordered',
  'events-rewritten',
  'last-event-id-dropped',
  'abort-not-propagated',
  'request-body-held',
  'opt-out-stripped',
  'missing-opt-out',
  'missing-no-transform',
  'http-1-0',
  'http-1-connection-limit',
  'bursty-origin',
  'slow-first-event',
  'slow-backend',
  'look-at-client',
  'no-events',
  'unreachable',
  'tls-inspection',
  'overloaded-prober',
] as const;
export type FindingId = (typeof FINDING_IDS)[number];

export type Severity = 'error' | 'warning' | 'info';
export type Confidence = 'proven' | 'likely' | 'possible';

/** What lateness was judged against: see CONTRACT `holdBasis` in docs/report.md. */
export type HoldBasis = 'stamps' | 'stamps-relative' | 'first-hop' | 'trigger' | 'pace' | 'none';

/** How an answer's end was marked on the wire (RFC 9112 section 6.3). */
export type Framing = 'chunked' | 'content-length' | 'close' | 'none' | 'h2';

export type EndReason = 'complete' | 'closed' | 'truncated' | 'reset' | 'stopped-by-probe';

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

/** The protocol inside a stream, recognised from its events. */
export interface StreamProtocol {
  name: 'chat-completions' | 'responses' | 'messages' | 'mcp' | 'ollama';
  /** Arrival of the first event that carries a piece of the answer. */
  firstTokenMs: number | null;
  /** The event that ends an answer was seen (`[DONE]`, `message_stop`, …). */
  endMarker: boolean;
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
  /** Name of the clock behind the times, where recordings of several machines are judged together. */
  clock?: string;
  /** How long the probe waited for a first event, and watched from it on. */
  limits: { waitFirstMs: number; durationMs: number; events: number | null };
}

/** One event of the stream (an SSE event, an NDJSON line, or one piece of a streamed text body). */
export interface TimelineEvent {
  /** Arrival of its last byte. */
  atMs: number;
  /** Arrival of its first byte: earlier than `atMs` on a slow link, or where a hop cuts events by size. */
  startMs: number;
  /** Pieces it came in. */
  pieces: number;
  read: number;
  /** `id:` field in force, or null. */
  id: string | null;
  /** Equal for the same event seen through another hop: id and a digest of the data. */
  key: string;
  /** Bytes of payload (`data`), UTF-8. */
  bytes: number;
  /** `seq` and `sentAt` of an unclog origin's event. */
  seq: number | null;
  /** Also from the stamp of a gateway in front of the event: then, when it was passed on there. */
  sentAtEpochMs: number | null;
}

/** A group of body bytes that became available together (one or more reads within {@link RELEASE_GAP_MS}). */
export interface Release {
  atMs: number;
  /** Body bytes after transfer decoding, before content decoding. */
  bytes: number;
  /** Bytes as they crossed the connection: body, chunk framing and, in the first release, the head. */
  wireBytes: number;
  events: number;
  /** True when the release ends inside an event: the cut was made by a size, not by the sender. */
  cutsEvent: boolean;
}

/** Reads closer together than this belong to one release. */
export const RELEASE_GAP_MS = 5;

export type StreamFormat = 'event-stream' | 'ndjson' | 'text' | 'other';

export interface Timeline {
  format: StreamFormat;
  /** True when the body reads as an event stream, whatever its content type says. */
  looksLikeEventStream: boolean;
  contentType: string | null;
  contentCoding: string | null;
  /** False when the coding could not be undone here (unknown coding, broken data). */
  decoded: boolean;
  events: TimelineEvent[];
  /** Null where the events follow none of the protocols that are known. */
  protocol: StreamProtocol | null;
  /** Arrival times of comments (`: …` lines): heartbeats keep a stream alive without being events. */
  commentsAtMs: number[];
  releases: Release[];
  bodyBytes: number;
  /** First 200 characters of a body that is not a stream, for the explanation of a wrong answer; never in the report. */
  firstText: string;
}

/** Where the origin's clock stands, from short exchanges with it on the path of the stream. */
export interface ClockReading {
  /** Origin's clock less the prober's: above zero when the origin's is ahead. */
  offsetMs: number;
  /** Half of the fastest round trip: the way there and the way back may differ by all of it. */
  errorMs: number;
  /** How fast the offset grows; null where it cannot be told from zero. */
  driftMsPerMinute: number | null;
  /** By how much the clock was set while the stream was watched, or null. */
  stepMs: number | null;
}

/** How late one event was. */
export interface HoldSample {
  event: number;
  holdMs: number;
  /** When it should have arrived: arrival less hold. */
  dueMs: number;
  /** True when the prober itself was late at that moment. */
  unsure: boolean;
}

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** What is known about one hop after comparison; the input of every rule. */
export interface HopFacts {
  /** Position in the chain, 0 = nearest to the origin. */
  index: number;
  name: string;
  observation: Observation;
  timeline: Timeline;
  holdBasis: HoldBasis;
  holds: HoldSample[];
  /** Bound on the error of the holds. */
  clockErrorMs: number | null;
  /** The origin's clock, where it answered on this hop's path. */
  clock?: ClockReading | null;
  /** Lateness of the response head, where it can be known. */
  headHoldMs: number | null;
  /** Lateness common to all events, part of `holds` where the path's own latency is known. */
  constantMs: number | null;
  hold: ReportHold | null;
  /** How sure the classification in `hold` is. */
  holdConfidence: Confidence | null;
  /** Value the verdict is judged by: p95 of the holds (fewer than 20 events: the second largest) less the clock error. */
  judgedHoldMs: number | null;
  lost: number | null;
  duplicated: number | null;
  reordered: number | null;
  /** Events that bear the ids of the nearer hop's and other data; null where streams are made for each request. */
  rewritten: number | null;
  intermediaries: DetectedIntermediary[];
  verdict: Verdict;
  /** What experiments on this hop showed; absent where the stream was only watched. */
  experiments?: ExperimentFacts;
}

/** What a sender of events can choose, in the order in which a smallest set of changes is named. */
export const SENDER_FACTORS = [
  'x-accel-buffering',
  'incremental',
  'no-transform',
  'content-type',
  'framing',
  'padding',
  'heartbeat',
] as const;
export type SenderFactor = (typeof SENDER_FACTORS)[number];

/** Everything that experiments vary, one at a time. */
export const FACTORS = [
  ...SENDER_FACTORS,
  'accept',
  'accept-encoding',
  'event-size',
  'method',
  'http-version',
  'first-delay',
  'quiet',
  'duration',
  'lockstep',
] as const;
export type Factor = (typeof FACTORS)[number];

export type Effect = 'fixes' | 'improves' | 'none' | 'worsens';

/** One experiment: what became of the stream when one factor differed from the control. */
export interface ReportExperiment {
  hop: string;
  factor: Factor;
  value: string;
  verdict: Verdict;
  holdMs: Percentiles | null;
  /** Against the same stream without the change. */
  effect: Effect;
  /** What the change was tried on: `40 B`, `2 kB compressible`, … */
  stream: string;
}

/** The smallest set of things a sender can do that made every stream of the hop flow. */
export interface MinimalFix {
  hop: string;
  /** False where the control streams as it is. */
  needed: boolean;
  senderSide: SenderFactor[];
  /** True where no sender-side change suffices. */
  hopMustChange: boolean;
  /** Holds of the worst stream without the change and with it; null where there is nothing to compare. */
  before: Percentiles | null;
  after: Percentiles | null;
  /** What cures it in the hop's own configuration, where the product is known. */
  hopChange: { where: string; change: string } | null;
}

/** Field lines that differ from what was sent, names in lower case; hop-by-hop fields left out. */
export interface HeaderEdits {
  added: string[];
  removed: string[];
  changed: string[];
}

/** An event stream whose event n+1 was sent only after event n had been acknowledged: needs no stopwatch. */
export interface LockstepFacts {
  stream: string;
  /** Events that came through one by one. */
  acknowledged: number;
  of: number;
  /** The event that never came while it was waited for (0: the response head); null where all came. */
  stalledAt: number | null;
  /** How long event n was waited for at most. */
  patienceMs: number;
  /** Median time from an acknowledgement to the next event, less what the path takes; null with fewer than three. */
  lateMs: number | null;
}

/** What experiments showed of one hop beside the stream's own lateness. Null: not measured. */
export interface ExperimentFacts {
  outcomes: ReportExperiment[];
  /** Null where the control could not be judged. */
  minimalFix: MinimalFix | null;
  /** What is left of the hold with the sender's change that helps most, where none of them cures it; not in reports. */
  leftHold?: ReportHold | null;
  lockstep: LockstepFacts[];
  /** Bytes that were sent when the first ones came, and between one release and the next. */
  buffer: { firstBytes: number | null; blockBytes: number | null; sentBytes: number } | null;
  /** Events that an event waits for before it is let go. */
  eventsOfLag: number | null;
  /** Milliseconds until the origin saw the client leave; null: not while it was waited for. */
  abort: { writingMs: number | null; quietMs: number | null; waitedMs: number } | null;
  /** A body sent in pieces: over what time it was sent, and over what time it arrived. */
  requestBody: {
    sentBytes: number;
    arrivedBytes: number;
    sentOverMs: number;
    arrivedOverMs: number;
    status: number;
  } | null;
  lastEventId: 'passed' | 'dropped' | 'changed' | null;
  /** Readers of one address: how many requests the origin saw for them, and events older than a later reader's request. */
  cache: { readers: number; requests: number; shared: boolean; replayedEvents: number } | null;
  /** What differs between one end and the other, in each direction. */
  edits: { request: HeaderEdits; response: HeaderEdits } | null;
  /** Opt-outs that the origin sent and that did not arrive. */
  strippedOptOuts: ('x-accel-buffering' | 'incremental' | 'no-transform')[];
  /** Quiet and lasting streams: when they were cut; null: kept up for as long as they were watched. */
  idle: {
    watchedMs: number;
    quietCutMs: number | null;
    heartbeatCutMs: number | null;
    ageCutMs: number | null;
    headCutMs: number | null;
  } | null;
}

export interface DetectedIntermediary {
  id: string;
  version: string | null;
  confidence: 'certain' | 'likely' | 'possible';
  evidence: string[];
}

/** Thresholds that the judgement uses. */
export interface JudgeOptions {
  /** Threshold of `held`. Default 180. */
  maxHoldMs: number;
  /** A first event later than this is an error; null = off. */
  maxFirstEventMs: number | null;
}

/** What a rule sees: one hop, and the hop one step nearer to the origin if there is one. */
export interface RuleContext {
  hop: HopFacts;
  nearer: HopFacts | null;
  hops: HopFacts[];
  options: JudgeOptions;
}

export interface Evidence {
  what: string;
  value: number | string;
  unit: 'ms' | 'bytes' | 'events' | '';
  expected?: string;
}

/** How far a statement of the knowledge base can be trusted: run by this project, or read in the sources it names. */
export type Standing = 'tested here' | 'documented, not reproduced';

export interface Fix {
  where: string;
  /** The exact line or lines to paste. */
  change: string;
  /** The file, block or page of settings that the change belongs into; absent where there is no choice. */
  section?: string;
  /** Versions that it needs or is limited to. */
  versions?: string;
  standing?: Standing;
  /** Path in this repository of a configuration that a test proves, or null. */
  config: string | null;
  /** True when a test of this project shows that the change makes the stream flow. */
  proven: boolean;
  source: string;
}

/** A change that is often advised, and does not help. */
export interface UselessAdvice {
  /** A product, `origin` or `client`. */
  where: string;
  advice: string;
  why: string;
  standing: Standing;
}

export interface Finding {
  id: FindingId;
  severity: Severity;
  confidence: Confidence;
  hop: string;
  title: string;
  explanation: string;
  evidence: Evidence[];
  fixes: Fix[];
  /** What is often tried against it here and does nothing; absent where nothing of that kind is known. */
  doesNothing?: UselessAdvice[];
  /** Address of the page about this finding: how it looks, why, how to fix it, how to be sure. */
  docs?: string;
}

export interface ReportHold {
  kind: HoldKind;
  blockBytes: number | null;
  periodMs: number | null;
  atLeastMs: number | null;
  atLeastBytes: number | null;
}

/** A summary of {@link WireRecord}. */
export interface ReportWire {
  headBytes: number | null;
  framing: Framing;
  /** Status of each interim answer. */
  interim: number[];
  /** Sizes of chunks (HTTP/1) or DATA frames (HTTP/2) that carried bytes; null where there were none. */
  blocks: { count: number; medianBytes: number; largestBytes: number } | null;
  faults: { code: string; detail: string }[];
}

export interface ReportHop {
  name: string;
  url: string;
  verdict: Verdict;
  response: { status: number; httpVersion: string; headers: HeaderList } | null;
  tls: { protocol: string; alpn: string | null; issuer: string | null; unverified?: string } | null;
  /** Redirects that were followed to the answer, in order. */
  redirects?: { url: string; status: number; location: string; withoutCredentials: boolean }[];
  /** The proxy that the prober was told to use. */
  proxy?: { url: string; from: string; mode: 'tunnel' | 'forward' };
  /** How the answer was framed on the wire. */
  wire?: ReportWire;
  timings: {
    dnsMs: number | null;
    connectMs: number | null;
    tlsMs: number | null;
    responseHeadMs: number | null;
    firstByteMs: number | null;
    firstEventMs: number | null;
    totalMs: number;
  };
  events: {
    count: number;
    bytes: number;
    lost: number | null;
    duplicated: number | null;
    reordered: number | null;
    holdMs: Percentiles | null;
    holdBasis: HoldBasis;
    clockErrorMs: number | null;
    /** The origin's clock against the prober's; null where it was not asked or did not answer. */
    clock?: ClockReading | null;
    gapMs: Percentiles | null;
  };
  /** The protocol inside the stream; null where none is recognised. `firstTokenMs` counts from the start of the request. */
  protocol: StreamProtocol | null;
  hold: ReportHold | null;
  /** What this hop adds to what the nearer ones do; absent where it is the only one. Null: not known, or no block. */
  adds?: { holdMs: number | null; blockBytes: number | null };
  end: { reason: EndReason; afterMs: number; quietMs: number } | null;
  intermediaries: DetectedIntermediary[];
  /** Why there is no response, in one sentence; absent when there is one. */
  error?: { code: string; message: string };
  /** Arrival of each event since the start of the request, for drawing; at most 2,000. */
  arrivalsMs: number[];
  /** Experiment mode: what was measured beside the stream's lateness. */
  measured?: Omit<ExperimentFacts, 'outcomes'>;
}

/** The report: one object, the same whatever the output format. Schema: `report.schema.json`. */
export interface Report {
  schemaVersion: 1;
  tool: { name: 'unclog'; version: string };
  startedAt: string;
  mode: 'observe' | 'experiment';
  verdict: Verdict;
  hops: ReportHop[];
  findings: Finding[];
  /** Empty in observe mode. */
  experiments: ReportExperiment[];
  /** Of the farthest hop that needs one, else of the farthest; null in observe mode. */
  minimalFix: MinimalFix | null;
  next: string | null;
  warnings: string[];
}
