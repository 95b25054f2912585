/** One entry of a curl trace. */
export interface TraceBlock {
  kind: 'info' | 'send-header' | 'send-data' | 'recv-header' | 'recv-data';
  /** Milliseconds since the midnight before the trace began. */
  atMs: number;
  /** The line of an `info` entry. */
  text: string;
  /** The bytes of any other entry. */
  bytes: Buffer;
}

const DAY_MS = 86_400_000;
const ENTRY = /^(?:(\d\d):(\d\d):(\d\d)\.(\d{6}) )?(== Info: |=> Send |<= Recv )(.*)$/;
const DUMPED = /^(header|data), (\d+) bytes/;
/** Larger entries than curl's own buffer do not exist; a longer one is no trace. */
const MOST_ENTRY_BYTES = 16_777_216;

/** The entries of a trace in order, or a sentence that says what is wrong. */
export function traceBlocks(text: string): TraceBlock[] | string {
  const lines = text.split('\n');
  const blocks: TraceBlock[] = [];
  let dayMs = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < lines.length; at += 1) {
    const match = ENTRY.exec((lines[at] ?? '').replace(/\r$/, ''));
    if (match === null) continue;
    const [, hours, minutes, seconds, micros, direction, rest = ''] = match;
    if (hours === undefined) return `line ${at + 1} has no time, expected a trace made with --trace-time`;
    let atMs =
      ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 +
      Number(micros) / 1_000 +
      dayMs;
    // Times of day begin again at midnight.
    if (atMs < lastMs - DAY_MS / 2) {
      dayMs += DAY_MS;
      atMs += DAY_MS;
    }
    lastMs = atMs;
    if (direction === '== Info: ') {
      blocks.push({ kind: 'info', atMs, text: rest, bytes: Buffer.alloc(0) });
      continue;
    }
    const dumped = DUMPED.exec(rest);
    if (dumped === null) continue;
    const size = Number(dumped[2]);
    if (size > MOST_ENTRY_BYTES) return `line ${at + 1} claims ${size} bytes, expected a curl trace`;
    const from = at + 1;
    while (at + 1 < lines.length && /^[0-9a-f]{4,}: /.test(lines[at + 1] ?? '')) at += 1;
    const bytes = readDump(lines.slice(from, at + 1), size);
    const kind = `${direction === '=> Send ' ? 'send' : 'recv'}-${dumped[1]}` as TraceBlock['kind'];
    blocks.push({ kind, atMs, text: '', bytes });
  }
  return blocks;
}

/** The bytes of one entry: from the hex columns of `--trace`, or from the text of `--trace-ascii`. */
function readDump(lines: string[], size: number): Buffer {
  const rows = lines.map((line) => {
    const colon = line.indexOf(': ');
    return {
      offset: Number.parseInt(line.slice(0, colon), 16),
      text: line.slice(colon + 2).replace(/\r$/, ''),
    };
  });
  const isHex = rows.every(({ text, offset }) => {
    const bytes = Math.min(16, size - offset);
    return new RegExp(`^(?:[0-9a-f]{2} ){${bytes}} *.{0,16}$`).test(text) && text.length >= 48;
  });
  if (isHex && rows.length > 0)
    return Buffer.from(
      rows.map(({ text }) => text.slice(0, 48).replaceAll(' ', '')).join(''),
      'hex',
    ).subarray(0, size);
  return readAscii(rows, size);
}

/** curl starts a new line after CR LF and leaves the two out: the next offset tells. */
function readAscii(rows: { offset: number; text: string }[], size: number): Buffer {
  let whole = '';
  rows.forEach(({ offset, text }, i) => {
    const next = rows[i + 1]?.offset ?? size;
    const missing = next - offset - text.length;
    whole += text + (missing === 2 ? '\r\n' : '.'.repeat(Math.max(0, missing)));
  });
  return Buffer.from(withLineEnds(whole), 'latin1');
}

/** Dots that end a line: before a field of an event stream, before a comment, before a JSON line, or at the very end. */
function withLineEnds(text: string): string {
  return text
    .replace(/\.+(?=(?:data|id|event|retry):|: )/g, (dots) => '\n'.repeat(dots.length))
    .replace(/(?<=[}\]])\.+(?=\{)/g, (dots) => '\n'.repeat(dots.length))
    .replace(/\.\.(?=\r\n|$)/g, '\n\n')
    .replace(/(?<=[}\]])\.(?=\r\n|$)/g, '\n');
}
