import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

/** One `data:` line of an event stream, or one line of NDJSON. */
export interface Arrival {
  data: string;
  /** Wall clock: to be compared with the stamps of a sender on this machine. */
  atEpochMs: number;
  /** Number of the body piece that ended it: what came together has the same number. */
  read: number;
}

export interface StreamRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A client that watches one answer and can leave in the middle. */
export interface StreamClient {
  /** Resolves with the response head and its arrival. */
  head(): Promise<{ response: IncomingMessage; atEpochMs: number }>;
  /** Resolves as soon as `count` pieces of data have come; fails when the answer ends before. */
  arrivals(count: number): Promise<Arrival[]>;
  /** Resolves at the end of the answer with all data; fails when it was broken off. */
  end(): Promise<Arrival[]>;
  /** All body text so far. */
  text(): string;
  /** Leaves: `close` as a closed browser tab does (FIN), `reset` as a killed process or a lost NAT entry does (RST). */
  leave(how: 'close' | 'reset'): void;
}

/** Sends a request on a connection of its own and collects what comes. */
export function openStream(url: string, options: StreamRequest = {}): StreamClient {
  const arrivals: Arrival[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let rest = '';
  let reads = 0;
  let ended: 'no' | 'complete' | Error = 'no';
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  const finish = (how: 'complete' | Error) => {
    if (ended === 'no') ended = how;
    wake();
  };
  const take = (piece: string) => {
    const atEpochMs = Date.now();
    reads += 1;
    text += piece;
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const data = /^(?:data: )?([[{].*)$/.exec(line)?.[1];
      if (data !== undefined) arrivals.push({ data, atEpochMs, read: reads });
    }
    wake();
  };

  const { method = 'GET', headers = {}, body } = options;
  const sent = request(url, { method, headers, agent: false });
  sent.on('error', finish);
  const head = once(sent, 'response').then(([response]: IncomingMessage[]) => {
    if (response === undefined) throw new Error('no response');
    return { response, atEpochMs: Date.now() };
  });
  head.catch(() => {});
  sent.on('response', (response) => {
    const decoder = new StringDecoder('utf8');
    response.on('data', (bytes: Buffer) => take(decoder.write(bytes)));
    response.on('end', () => finish('complete'));
    response.on('error', finish);
  });
  sent.end(body);

  const until = <T>(look: () => T | null) =>
    new Promise<T>((resolve, reject) => {
      const tryIt = () => {
        const value = look();
        if (value === null && ended === 'no') return;
        waiting.delete(tryIt);
        if (value !== null) resolve(value);
        else reject(ended instanceof Error ? ended : new Error(`the answer ended after: ${text}`));
      };
      waiting.add(tryIt);
      tryIt();
    });
  return {
    head: () => head,
    arrivals: (count) => until(() => (arrivals.length >= count ? [...arrivals] : null)),
    end: () => until(() => (ended === 'complete' ? [...arrivals] : null)),
    text: () => text,
    leave: (how) => {
      if (how === 'reset') sent.socket?.resetAndDestroy();
      sent.destroy();
    },
  };
}
