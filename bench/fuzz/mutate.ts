import type { Random } from './random.ts';

/** Bytes that parsers disagree about. */
const BITS = [
  ...'\r\n\0 :;,/%[]{}"0aZ\t\x7f\x80\xff\x0b#?\\@',
  ...[
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    '\r\r',
    '0\r\n\r\n',
    'chunked',
    'Host',
    '../',
    '%2e%2e/',
    'HTTP/1.1 ',
    'HTTP/0.9',
    '\r\n ',
  ],
  ...['0x', '-1', '+', ';a="', '99999999999999999999', 'ffffffffffffffff'],
];

const REQUEST_LINES = [
  ...[
    'Content-Length: 0',
    'Content-Length: 5',
    'content-length: 4294967301',
    'Content-Length : 3',
    'Content_Length: 1',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: gzip, chunked',
  ],
  ...[
    'Transfer_Encoding: chunked',
    'Transfer-Encoding:\x0bchunked',
    ' folded',
    'X-A: b\nTransfer-Encoding: chunked',
    'X-A: b\rc',
  ],
  ...[
    'Host: other',
    'Host: a, b',
    'Connection: close',
    'Connection: keep-alive, Content-Length, Host',
    'Connection: Upgrade',
  ],
  ...[
    'Upgrade: websocket',
    'Upgrade: h2c',
    'HTTP2-Settings: AAA',
    'Expect: 100-continue',
    'Expect: x',
    'TE: trailers, chunked',
  ],
  ...[
    'Trailer: X-A',
    'Keep-Alive: timeout=5',
    'Proxy: evil',
    'Proxy-Authorization: evil',
    'X-Forwarded-For: 6.6.6.6',
  ],
  ...[
    'X_Forwarded_For: 6.6.6.6',
    'Forwarded: for=6.6.6.6',
    'Accept-Encoding: gzip',
    'Range: bytes=0-1',
    ': empty',
    'nonsense',
  ],
];

const ANSWER_LINES = [
  ...[
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: 99999999',
    'Content-Length: 5, 5',
    'Content-Length: -1',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding : chunked',
  ],
  ...[
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Encoding: x',
    'Connection: close',
    'Connection: keep-alive',
  ],
  ...[
    'Upgrade: websocket',
    'Trailer: X-A',
    'Keep-Alive: timeout=0',
    'Set-Cookie: a=b',
    'Content-Type: text/event-stream',
  ],
  ...[
    'X-A: b\nX-B: c',
    'X-A: b\rc',
    ' folded',
    ': empty',
    'nonsense',
    'X-Accel-Buffering: yes',
    'Cache-Control: ',
  ],
];

/** Changes a text; the same way each time it is called. */
export type Edit = (text: string) => string;

/** Some edits of a message; none of them knows what the others do. */
export function drawEdits(random: Random, kind: 'request' | 'answer', most: number): Edit[] {
  const lines = kind === 'request' ? REQUEST_LINES : ANSWER_LINES;
  return Array.from({ length: 1 + random.int(most) }, () => drawEdit(random, lines));
}

function drawEdit(random: Random, lines: readonly string[]): Edit {
  const where = random.int(2 ** 30);
  const span = 1 + random.int(30);
  const bit = random.pick(BITS);
  const line = random.pick(lines);
  const byte = String.fromCharCode(random.int(256));
  const at = (text: string) => where % (text.length + 1);
  /** Start of some line of the head behind the first. */
  const lineAt = (text: string) => {
    const head = Math.max(text.indexOf('\r\n\r\n'), 0);
    return text.indexOf('\r\n', where % (head + 1)) + 2;
  };
  const edits: Edit[] = [
    (text) => text.slice(0, at(text)) + bit + text.slice(at(text)),
    (text) => text.slice(0, at(text)) + text.slice(at(text) + span),
    (text) => text.slice(0, at(text)) + text.slice(Math.max(0, at(text) - span)),
    (text) => text.slice(0, at(text)) + byte + text.slice(at(text) + 1),
    (text) => text.slice(0, at(text)),
    (text) => `${text.slice(0, lineAt(text))}${line}\r\n${text.slice(lineAt(text))}`,
    (text) => `${text.slice(0, lineAt(text))}${line}\r\n${text.slice(lineAt(text))}`,
    (text) =>
      text.slice(0, lineAt(text)) + `A: ${'b'.repeat(span)}\r\n`.repeat(20 * span) + text.slice(lineAt(text)),
    (text) => text.replace(/\d+/, (digits) => String(Number(digits) + (where % 7) - 3)),
    (text) => text.replace(/\r\n/g, (end, index: number) => (index % 7 === where % 7 ? bit : end)),
    (text) =>
      text.replace(
        /chunked|content-length|transfer-encoding|host/i,
        (word) => word.slice(0, span % word.length) + byte + word.slice(span % word.length),
      ),
  ];
  return random.pick(edits);
}
