import type { ClientFraming, OpenFraming } from './client-side.ts';
import { createDecoder, type StreamDecoder } from './decode.ts';
import type { EarlyHead } from './early-head.ts';
import type { Exchange } from './exchange.ts';
import { chooseInsertions, type Insertions } from './insertions.ts';
import { observeStream } from './observe.ts';
import type { PayloadWatcher } from './payload-watcher.ts';
import {
  type AnswerHead,
  changedHeaders,
  clientHeaders,
  decodedHeaders,
  isStreamAnswer,
} from './response-head.ts';
import type { BodyFraming } from './upstream-head.ts';

/** What becomes of an upstream's answer on its way to the client. */
export interface AnswerPlan extends AnswerHead {
  /** Of the client's answer; `headers` are those that the client gets. */
  framing: ClientFraming;
  isStream: boolean;
  /** Undoes the content coding; null where there is none to undo. */
  decoder: StreamDecoder | null;
  /** Lines that the gateway puts in; null for almost all. */
  insertions: Insertions | null;
  /** Sees the payload as the client gets it: the insertions, or what observes. */
  watcher: PayloadWatcher | null;
}

/**
 * Decides what the client gets of this answer. Call it before the head is sent.
 * @throws Error when it contradicts a head that was sent early.
 */
export function planAnswer(
  exchange: Exchange,
  head: AnswerHead,
  framing: BodyFraming,
  early: EarlyHead | null,
): AnswerPlan {
  const { settings, openFraming } = exchange;
  const hasBody = framing.kind !== 'none';
  const isStream = isStreamAnswer(head, settings);
  const isChanged = isStream && settings.mode === 'passthrough';
  const decoder = isChanged && hasBody ? createDecoder(head.headers) : null;
  let headers = clientHeaders(head, isChanged);
  if (decoder !== null) headers = decodedHeaders(headers);
  const answer = { status: head.status, headers };
  const started = early?.followWith(answer, hasBody) ?? null;
  const insertions = started ?? (isChanged && hasBody ? chooseInsertions(exchange, answer) : null);
  if (insertions !== null) headers = changedHeaders(headers);
  const observer = isStream && hasBody && !isChanged ? observeStream(exchange, head) : null;
  return {
    status: head.status,
    headers,
    // What has begun as a stream goes on as one.
    framing: clientFramingFor(framing, isChanged || started !== null, openFraming),
    isStream,
    decoder,
    insertions,
    watcher: insertions ?? observer,
  };
}

function clientFramingFor(framing: BodyFraming, isStream: boolean, open: OpenFraming): ClientFraming {
  if (framing.kind === 'none') return 'none';
  if (framing.kind === 'length' && !isStream) return 'length';
  return open;
}
