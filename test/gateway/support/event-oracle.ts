/** What a stream says to a client that follows the letter of the standard. */
export interface ReadStream {
  events: { type: string; data: string; lastEventId: string }[];
  /** The last reconnection time that was set, or null. */
  retry: number | null;
  /** As the next request would send it. */
  lastEventId: string;
}

/**
 * The event stream parser of WHATWG HTML section 9.2.6, line by line as it is written there, over a whole stream. Shares
 * nothing with the gateway or with eventsource-parser.
 */
export function readEventStream(bytes: Uint8Array): ReadStream {
  const read: ReadStream = { events: [], retry: null, lastEventId: '' };
  // "UTF-8 decode" takes one byte order mark off; so does this decoder unless told otherwise.
  const text = new TextDecoder('utf-8').decode(bytes);
  const lines = text.split(/\r\n|\n|\r/);
  // What no line end follows is no line.
  lines.pop();
  let data = '';
  let type = '';
  let idBuffer = '';
  for (const line of lines) {
    if (line === '') {
      read.lastEventId = idBuffer;
      if (data !== '')
        read.events.push({ type: type || 'message', data: data.slice(0, -1), lastEventId: idBuffer });
      data = '';
      type = '';
      continue;
    }
    if (line.startsWith(':')) continue;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) idBuffer = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) read.retry = Number(value);
  }
  return read;
}
