/** One answer as a reader that follows RFC 9112 to the letter understands it. */
export interface SeenAnswer {
  status: number;
  head: string;
  body: string;
  /** `close`: only the connection's end tells. */
  end: 'whole' | 'close' | 'short';
}

/** What a client received, taken apart. */
export interface SeenAnswers {
  answers: SeenAnswer[];
  /** What is wrong, or null; after a 101 the rest is the other protocol's. */
  fault: string | null;
  /** Index after the last byte that belongs to an answer. */
  next: number;
}

const HEAD = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * @param methods of the requests, in order
 * @param most so many final answers are read
 */
export function readAnswers(
  text: string,
  methods: readonly string[],
  most = Number.POSITIVE_INFINITY,
): SeenAnswers {
  const answers: SeenAnswer[] = [];
  let at = 0;
  const stop = (fault: string | null): SeenAnswers => ({ answers, fault, next: at });
  let finals = 0;
  while (at < text.length && finals < most) {
    const end = text.indexOf('\r\n\r\n', at);
    // A head may be cut short by the connection's end, but never begin wrongly.
    if (end === -1) return stop('HTTP/1.1 '.startsWith(text.slice(at, at + 9)) ? null : 'no head');
    const [first = '', ...lines] = text.slice(at, end).split('\r\n');
    const start = HEAD.exec(first);
    if (start === null) return stop(`status line ${JSON.stringify(first)}`);
    const fields = lines.map((line) => FIELD.exec(line));
    if (fields.includes(null)) return stop('a malformed field');
    const values = (name: string) =>
      fields.filter((field) => field?.[1]?.toLowerCase() === name).map((field) => (field?.[2] ?? '').trim());
    const status = Number(start[2]);
    const head = text.slice(at, end);
    at = end + 4;
    if (status === 101) {
      answers.push({ status, head, body: text.slice(at), end: 'close' });
      at = text.length;
      return stop(null);
    }
    if (status < 200) continue;
    const answer: SeenAnswer = { status, head, body: '', end: 'whole' };
    answers.push(answer);
    const method = methods[finals++] ?? 'GET';
    const codings = values('transfer-encoding');
    const lengths = values('content-length');
    if (codings.length > 0 && lengths.length > 0) return stop('both framings');
    if (new Set(lengths).size > 1 || lengths.some((length) => !/^\d+$/.test(length))) return stop('lengths');
    if (
      codings.length > 1 ||
      (codings.length === 1 && (codings[0]?.toLowerCase() !== 'chunked' || start[1] === '0'))
    )
      return stop('codings');
    // A request too broken to have a method is answered with a body, and nothing follows.
    const isLast =
      head.includes('\r\nProxy-Status: unclog') && head.includes('\r\nConnection: close') && text[at] === '{';
    if ((method === 'HEAD' && !isLast) || status === 204 || status === 304) {
      // Nothing to say where it would end.
      if (codings.length > 0 && status !== 304 && method !== 'HEAD') return stop('a body where none can be');
      continue;
    }
    if (codings.length > 0) {
      const body = readChunked(text, at);
      at = body.next;
      answer.body = body.payload;
      answer.end = body.fault !== null || !body.isWhole ? 'short' : 'whole';
      if (body.fault !== null) return stop(body.fault);
    } else if (lengths.length > 0) {
      const length = Number(lengths[0]);
      answer.body = text.slice(at, at + length);
      answer.end = answer.body.length < length ? 'short' : 'whole';
      at = Math.min(text.length, at + length);
    } else {
      answer.body = text.slice(at);
      answer.end = 'close';
      at = text.length;
    }
  }
  return stop(null);
}

function readChunked(
  text: string,
  from: number,
): { payload: string; isWhole: boolean; fault: string | null; next: number } {
  let at = from;
  let payload = '';
  const stop = (fault: string | null, isWhole = false) => ({ payload, isWhole, fault, next: at });
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const line = end === -1 ? text.slice(at) : text.slice(at, end);
    if (end === -1) return stop(/^[0-9a-f]{0,16}(;[^\r\n]*)?\r?$/i.test(line) ? null : 'chunk size');
    if (!/^[0-9a-f]{1,16}(;[\t\x20-\x7e\x80-\xff]*)?$/i.test(line))
      return stop(`chunk size ${JSON.stringify(line.slice(0, 40))}`);
    const size = Number.parseInt(line, 16);
    at = end + 2;
    if (size === 0) break;
    payload += text.slice(at, at + size);
    at += size;
    if (at >= text.length) {
      at = text.length;
      return stop(null);
    }
    if (!'\r\n'.startsWith(text.slice(at, at + 2))) return stop('chunk end');
    at += 2;
  }
  for (;;) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return stop(null);
    const line = text.slice(at, end);
    at = end + 2;
    if (line === '') return stop(null, true);
    if (!FIELD.test(line)) return stop('trailer');
  }
}
