import { z } from 'zod';

/** Longest list read from a file: far above any real recording, far below what would fill the memory. */
const MOST_ITEMS = 2_000_000;

const ms = z.number().finite();
const mark = ms.nullable();
const headers = z.array(z.tuple([z.string(), z.string()])).max(1_000);
const count = z.int().min(0);

/** One observation as it is saved. Loose: a member that this version does not know is no error. */
export const observationSchema = z.looseObject({
  schemaVersion: z.literal(1),
  hop: z.string().min(1).max(200),
  url: z.string().refine((url) => URL.canParse(url) && /^https?:/i.test(url), 'expected an http(s) URL'),
  startedAtEpochMs: z.number().min(0).max(8.64e15),
  request: z.looseObject({ method: z.string(), headers }),
  marks: z.looseObject({
    startMs: ms,
    dnsMs: mark,
    connectMs: mark,
    tlsMs: mark,
    requestMs: mark,
    firstByteMs: mark,
    headMs: mark,
  }),
  response: z
    .looseObject({
      status: z.int().min(100).max(999),
      reason: z.string(),
      httpVersion: z.string(),
      headers,
      framing: z.enum(['chunked', 'content-length', 'close', 'none', 'h2', 'unknown']),
    })
    .nullable(),
  tls: z
    .looseObject({ protocol: z.string(), alpn: z.string().nullable(), issuer: z.string().nullable() })
    .nullable(),
  reads: z.array(z.looseObject({ atMs: ms, bytes: count })).max(MOST_ITEMS),
  chunks: z
    .array(
      z.looseObject({
        atMs: ms,
        read: z.int().min(-1),
        base64: z.string(),
        encodedBytes: z.exactOptional(count),
      }),
    )
    .max(MOST_ITEMS),
  end: z
    .looseObject({
      reason: z.enum(['complete', 'closed', 'truncated', 'reset', 'stopped-by-probe']),
      atMs: ms,
      detail: z.string().nullable(),
    })
    .nullable(),
  error: z
    .looseObject({
      code: z.string(),
      message: z.string(),
      phase: z.enum(['dns', 'connect', 'tls', 'request', 'head']),
      atMs: ms,
    })
    .nullable(),
  pathExchanges: z
    .array(
      z.looseObject({
        sentAtMs: ms,
        receivedAtMs: ms,
        status: z.int(),
        originEpochMs: z.number().nullable(),
      }),
    )
    .max(1_000),
  pathHeaders: z.exactOptional(headers),
  proberLags: z.array(z.looseObject({ atMs: ms, lagMs: ms })).max(MOST_ITEMS),
  masked: z.exactOptional(z.looseObject({ decoded: z.boolean() })),
  browser: z.exactOptional(
    z.looseObject({
      api: z.enum(['fetch', 'eventsource']),
      fields: z.enum(['all', 'none']),
      protocol: z.string().max(20).nullable(),
      lastEventId: z.enum(['passed', 'dropped', 'changed']).nullable(),
      connections: z.looseObject({ asked: count, opened: count }).nullable(),
    }),
  ),
  clock: z.exactOptional(z.string()),
  triggers: z.exactOptional(
    z.array(z.looseObject({ startMs: ms, endMs: mark, exitCode: z.int().nullable() })).max(100),
  ),
  limits: z.looseObject({ waitFirstMs: ms, durationMs: ms, events: z.number().nullable() }),
});
