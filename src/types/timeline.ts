/** The protocol inside a stream, recognised from its events. */
export interface StreamProtocol {
  name: 'chat-completions' | 'responses' | 'messages' | 'mcp' | 'ollama';
  /** Arrival of the first event that carries a piece of the answer. */
  firstTokenMs: number | null;
  /** The event that ends an answer was seen (`[DONE]`, `message_stop`, …). */
  endMarker: boolean;
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
