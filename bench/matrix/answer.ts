/** Status line and fields of one response. */
export interface AnswerHead {
  status: number;
  /** Values by lower-case name, repeats joined with a comma. */
  fields: ReadonlyMap<string, string>;
}

/** What a client has received of one answer, read without trust. */
export interface Answer {
  interims: AnswerHead[];
  head: AnswerHead | null;
  /** How the client knows where it ends: RFC 9112 section 6.3. */
  framing: 'none' | 'length' | 'chunked' | 'close';
  payload: string;
  trailers: string;
  /** Has the end that the framing announces come? Never true for an answer that ends with its connection. */
  complete: boolean;
  /** Bytes beyond the end. */
  rest: string;
}

/** Reads the first final answer in the text, interim ones before it set aside. */
export function readAnswer(text: string, method = 'GET'): Answer {
  const answer: Answer = {
    interims: [],
    head: null,
    framing: 'close',
    payload: '',
    trailers: '',
    complete: false,
    rest: '',
  };
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return answer;
    const head = readHead(text.slice(at, end));
    at = end + 4;
    if (head.status >= 200 || head.status === 101) {
      answer.head = head;
      break;
    }
    answer.interims.push(head);
  }
  readBody(answer, text.slice(at), method);
  return answer;
}

function readBody(answer: Answer, body: string, method: string): void {
  const { status, fields } = answer.head as AnswerHead;
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) {
    Object.assign(answer, { framing: 'none', complete: true, rest: body });
  } else if (fields.get('transfer-encoding')?.toLowerCase().includes('chunked')) {
    readChunks(answer, body);
  } else if (fields.has('content-length')) {
    const length = Number(fields.get('content-length'));
    Object.assign(answer, {
      framing: 'length',
      payload: body.slice(0, length),
      complete: body.length >= length,
      rest: body.slice(length),
    });
  } else answer.payload = body;
}

function readChunks(answer: Answer, body: string): void {
  answer.framing = 'chunked';
  let at = 0;
  for (;;) {
    const line = body.indexOf('\r\n', at);
    if (line === -1) return;
    const size = Number.parseInt(body.slice(at, line), 16);
    if (Number.isNaN(size)) return;
    if (size === 0) {
      const end = body.indexOf('\r\n\r\n', line);
      if (end === -1) return;
      answer.trailers = body.slice(line + 2, end);
      answer.complete = true;
      answer.rest = body.slice(end + 4);
      return;
    }
    answer.payload += body.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (at > body.length) return;
  }
}

/** Start line dropped but for the status, fields by lower-case name. */
export function readHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  return { status: Number(first.split(' ')[1]), fields: readFields(lines) };
}

export function readFields(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return fields;
}
