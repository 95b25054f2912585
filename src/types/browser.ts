/**
 * What a page in a browser knows of a stream that it read, beside what every recording holds. The browser hides the rest:
 * chunks and frames, order and case of field names, what other bytes came with the ones it hands over.
 */
export interface BrowserRecord {
  /** What read the stream. An EventSource shows neither status nor fields. */
  api: 'fetch' | 'eventsource';
  /** The response fields that the page may read: all (but cookies), or none of them. */
  fields: 'all' | 'none';
  /** How the browser names the protocol (ALPN), e.g. `http/1.1`, `h2`, `h3`; null where it does not say. */
  protocol: string | null;
  /** What the origin made of a reconnection: `passed`: it went on with the event after the last one; null: not tried. */
  lastEventId: 'passed' | 'dropped' | 'changed' | null;
  /** How many streams to this host were asked for at the same time, and how many of them flowed; null: not tried. */
  connections: { asked: number; opened: number } | null;
}
