import { z } from 'zod';
import { FACTORS, FINDING_IDS, HOLD_KINDS, SENDER_FACTORS, VERDICTS } from '../types.ts';

const verdict = z.enum(VERDICTS).meta({ id: 'verdict' });
const ms = z.number().describe('Milliseconds, rounded to a tenth.');
const mark = ms
  .nullable()
  .describe('Milliseconds from the start of the request; null where it did not happen.');
const count = z.int().min(0);
const confidence = z.enum(['proven', 'likely', 'possible']);
const known = count.nullable().describe('null: cannot be known here.');

const percentiles = z
  .object({ p50: ms, p95: ms, p99: ms, max: ms })
  .describe('Nearest-rank percentiles in milliseconds: each is a value that was measured.')
  .meta({ id: 'percentiles' });

const response = z.object({
  status: z.int().min(100).max(999),
  httpVersion: z.string().describe('"1.0", "1.1" or "2".'),
  headers: z
    .array(z.tuple([z.string(), z.string()]))
    .describe('As on the wire: order, case and repeats kept; credentials and query values masked as ***.'),
});

const tls = z.object({
  protocol: z.string(),
  alpn: z.string().nullable(),
  issuer: z.string().nullable(),
  unverified: z
    .exactOptional(z.string())
    .describe('Why the certificate would have been refused without -k; absent when it was accepted.'),
});

const redirect = z.object({
  url: z.string(),
  status: z.int().min(300).max(399),
  location: z.string(),
  withoutCredentials: z.boolean().describe('The target is another origin: credentials were not sent there.'),
});

const proxy = z.object({
  url: z.string(),
  from: z.string().describe('The environment variable that named it, or -x.'),
  mode: z
    .enum(['tunnel', 'forward'])
    .describe('tunnel: CONNECT, so that it sees TLS only; forward: it reads the answer.'),
});

const wire = z.object({
  framing: z
    .enum(['chunked', 'content-length', 'close', 'none', 'h2', 'unknown'])
    .describe("How the answer's end was marked (RFC 9112 section 6.3)."),
  headBytes: count
    .nullable()
    .describe('Bytes of the response head; in HTTP/2 of its compressed header block.'),
  interim: z.array(z.int()).describe('Status of each interim answer (1xx).'),
  blocks: z
    .object({ count, medianBytes: count, largestBytes: count })
    .nullable()
    .describe('Chunks (HTTP/1) or DATA frames (HTTP/2) that carried bytes; null where there were none.'),
  faults: z
    .array(z.object({ code: z.string(), detail: z.string() }))
    .describe('What the protocol does not allow and was read nevertheless.'),
});

const clock = z.object({
  offsetMs: z.number().describe("Origin's clock less the prober's: above zero when the origin's is ahead."),
  errorMs: ms.describe('Bound on the error of offsetMs.'),
  driftMsPerMinute: z
    .number()
    .nullable()
    .describe('How fast the offset grows; null where it cannot be told from zero.'),
  stepMs: ms.nullable().describe('By how much the clock was set while the stream was watched.'),
});

const timings = z.object({
  dnsMs: mark.describe('Name resolved; null for an address.'),
  connectMs: mark.describe('TCP connection there.'),
  tlsMs: mark.describe('TLS handshake done; null without TLS.'),
  responseHeadMs: mark.describe('Response head complete.'),
  firstByteMs: mark.describe('First byte of the response.'),
  firstEventMs: mark.describe('First event complete.'),
  totalMs: ms.describe('Last moment that was watched.'),
});

const spread = z
  .array(z.object({ fromMs: ms, toMs: ms, count }))
  .describe('How many of the times lie in each span: from fromMs on, below toMs. Nothing lies outside.')
  .meta({ id: 'spread' });

const events = z.object({
  count,
  bytes: count.describe('Bytes of the body as received: chunk framing removed, compression not undone.'),
  lost: known,
  duplicated: known,
  reordered: known,
  holdMs: percentiles
    .nullable()
    .describe('How much later than sent events arrived; null where it cannot be known.'),
  holdBasis: z
    .enum(['stamps', 'stamps-relative', 'first-hop', 'trigger', 'pace', 'none'])
    .describe('What lateness was judged against.'),
  clockErrorMs: ms.nullable().describe('Bound on the error of holdMs.'),
  clock: z
    .exactOptional(clock.nullable())
    .describe("The origin's clock against the prober's; null where it did not answer."),
  gapMs: percentiles.nullable().describe('Times between arrivals of two events; null for fewer than two.'),
  holdSpread: z
    .exactOptional(spread.nullable())
    .describe('The distribution of which holdMs are percentiles.'),
  gapSpread: z.exactOptional(spread.nullable()).describe('The distribution of which gapMs are percentiles.'),
});

const hold = z.object({
  kind: z.enum(HOLD_KINDS),
  blockBytes: z.number().nullable(),
  periodMs: z.number().nullable(),
  atLeastMs: z.number().nullable(),
  atLeastBytes: z.number().nullable(),
});

const protocol = z.object({
  name: z.enum(['chat-completions', 'responses', 'messages', 'mcp', 'ollama']),
  firstTokenMs: mark.describe('First event with a piece of the answer.'),
  endMarker: z.boolean().describe('The event that ends an answer was seen.'),
});

const end = z.object({
  reason: z
    .enum(['complete', 'closed', 'truncated', 'reset', 'stopped-by-probe'])
    .describe('closed: a close-delimited answer ended; whether it was whole cannot be known.'),
  afterMs: ms.describe('From the start of the request.'),
  quietMs: ms.describe('From the last byte of the body.'),
});

const intermediary = z.object({
  id: z.string(),
  version: z.string().nullable(),
  confidence: z.enum(['certain', 'likely', 'possible']),
  evidence: z.array(z.string()),
});

const minimalFix = z.object({
  hop: z.string(),
  needed: z.boolean().describe('False where the control streams as it is.'),
  senderSide: z.array(z.enum(SENDER_FACTORS)),
  hopMustChange: z.boolean().describe('No change by the sender suffices.'),
  before: percentiles.nullable().describe('Holds of the worst stream without the change.'),
  after: percentiles.nullable().describe('And with it.'),
  hopChange: z
    .object({ where: z.string(), change: z.string() })
    .nullable()
    .describe("What cures it in the hop's own configuration, where the product is known."),
});

const names = z.array(z.string());
const edits = z.object({ added: names, removed: names, changed: names });
const cutMs = ms.nullable().describe('null: kept up for as long as it was watched.');

const measured = z
  .object({
    minimalFix: minimalFix.nullable(),
    lockstep: z.array(
      z.object({
        stream: z.string(),
        acknowledged: count,
        of: count,
        stalledAt: count.nullable().describe('The event that never came, 0: the head; null: all came.'),
        patienceMs: ms,
        lateMs: ms.nullable().describe('Median time from an acknowledgement to the next event.'),
      }),
    ),
    buffer: z
      .object({ firstBytes: count.nullable(), blockBytes: count.nullable(), sentBytes: count })
      .nullable()
      .describe('Bytes sent when the first ones came, and from one release to the next.'),
    eventsOfLag: count.nullable(),
    abort: z
      .object({ writingMs: ms.nullable(), quietMs: ms.nullable(), waitedMs: ms })
      .nullable()
      .describe('Until the origin saw the client leave; null: not while it was waited for.'),
    requestBody: z
      .object({ sentBytes: count, arrivedBytes: count, sentOverMs: ms, arrivedOverMs: ms, status: count })
      .nullable(),
    lastEventId: z.enum(['passed', 'dropped', 'changed']).nullable(),
    cache: z
      .object({ readers: count, requests: count, shared: z.boolean(), replayedEvents: count })
      .nullable(),
    edits: z
      .object({ request: edits, response: edits })
      .nullable()
      .describe('Names of fields that differ between one end and the other.'),
    strippedOptOuts: z.array(z.enum(['x-accel-buffering', 'incremental', 'no-transform'])),
    idle: z
      .object({ watchedMs: ms, quietCutMs: cutMs, heartbeatCutMs: cutMs, ageCutMs: cutMs, headCutMs: cutMs })
      .nullable(),
  })
  .describe('Experiment mode: what was measured beside the lateness of the stream. null: not measured.');

const hop = z.object({
  name: z.string(),
  url: z.string().describe('Query values masked, user information and fragment removed.'),
  verdict,
  response: response.nullable(),
  tls: tls.nullable(),
  redirects: z
    .exactOptional(z.array(redirect))
    .describe('Redirects that were followed to the answer, in order.'),
  proxy: z.exactOptional(proxy).describe('The proxy that the prober was told to use.'),
  wire: z.exactOptional(wire).describe('How the answer was framed on the wire.'),
  timings,
  events,
  protocol: protocol.nullable().describe('The protocol inside the stream; null where none is recognised.'),
  hold: hold.nullable(),
  adds: z
    .exactOptional(z.object({ holdMs: ms.nullable(), blockBytes: z.number().nullable() }))
    .describe('What this hop adds to what the nearer ones do; absent where it is the only one.'),
  end: end.nullable(),
  intermediaries: z.array(intermediary),
  error: z
    .exactOptional(z.object({ code: z.string(), message: z.string() }))
    .describe('Why there is no response; absent when there is one.'),
  measured: z.exactOptional(measured),
  arrivalsMs: z
    .array(ms)
    .max(2_000)
    .describe(
      'Arrival of each event from the start of the request, for drawing; thinned evenly above 2,000.',
    ),
  latenessMs: z
    .exactOptional(z.array(ms.nullable()).max(2_000))
    .describe('How much later than sent each event of arrivalsMs came; null: not known; absent: of none.'),
});

const evidence = z.object({
  what: z.string(),
  value: z.union([z.number(), z.string()]),
  unit: z.enum(['ms', 'bytes', 'events', '']),
  expected: z.exactOptional(z.string()),
});

const fix = z.object({
  where: z.string().describe('The product or place to change: nginx, origin, client, gateway, ...'),
  change: z.string().describe('The exact line or lines to paste.'),
  section: z.exactOptional(z.string()).describe('File, block or page of settings that it belongs into.'),
  versions: z.exactOptional(z.string()).describe('Versions that it needs or is limited to.'),
  standing: z
    .exactOptional(z.enum(['tested here', 'documented, not reproduced']))
    .describe('Whether this project ran it.'),
  config: z.string().nullable().describe('Configuration in this repository that a test proves.'),
  proven: z.boolean().describe('A test of this project shows that the change makes the stream flow.'),
  source: z.string(),
});

const uselessAdvice = z.object({
  where: z.string().describe('A product, origin or client.'),
  advice: z.string(),
  why: z.string(),
  standing: z.enum(['tested here', 'documented, not reproduced']),
});

const finding = z.object({
  id: z.enum(FINDING_IDS),
  severity: z.enum(['error', 'warning', 'info']),
  confidence,
  hop: z.string(),
  title: z.string(),
  explanation: z.string(),
  evidence: z.array(evidence),
  fixes: z.array(fix).describe('Most specific first.'),
  doesNothing: z
    .exactOptional(z.array(uselessAdvice))
    .describe('What is often tried against it here and does not help; absent where nothing is known.'),
  docs: z.exactOptional(z.string()).describe('The page about this finding.'),
});

const experiment = z.object({
  hop: z.string(),
  factor: z.enum(FACTORS),
  value: z.string(),
  verdict,
  holdMs: percentiles.nullable(),
  withoutHoldMs: z.exactOptional(percentiles.nullable()).describe('Holds of the same stream without it.'),
  effect: z.enum(['fixes', 'improves', 'none', 'worsens']).describe('Against the same stream without it.'),
  stream: z.string().describe('What it was tried on.'),
});

/** The report as `--format json` prints it; `report.schema.json` is made from this. */
export const reportSchema = z.object({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal('unclog'), version: z.string() }),
  startedAt: z.iso.datetime(),
  mode: z.enum(['observe', 'experiment']),
  verdict: verdict.describe("The worst hop's."),
  hops: z.array(hop).describe('Nearest to the origin first.'),
  findings: z.array(finding),
  experiments: z.array(experiment).describe('Empty in observe mode.'),
  minimalFix: minimalFix
    .nullable()
    .describe('The smallest set of things a sender can do; null in observe mode.'),
  next: z.string().nullable().describe('The one command that would tell more; holds no secrets.'),
  warnings: z.array(z.string()).describe('What limits trust in the numbers.'),
});

/** The JSON Schema (draft 2020-12) in `report.schema.json`. Readers must accept fields they do not know. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, { target: 'draft-2020-12', io: 'input' });
  return { $schema, title: 'Report of unclog', ...rest };
}
