import type { HeaderList } from '../../types.ts';

/** What the origin says that it saw of a request: see the origin's `seen`. Times are its epoch milliseconds. */
export interface SeenRequest {
  receivedAt: number;
  headers: HeaderList;
  sentHeaders: HeaderList | null;
  body: { bytes: number; complete: boolean; pieces: { at: number; bytes: number }[] };
  end: { at: number; reason: string } | null;
}

/** Reads an answer of `seen` or `body`; null for anything else, such as a hop's own page. */
export function readSeen(body: unknown): SeenRequest[] | null {
  if (!isObject(body) || !Array.isArray(body.requests)) return null;
  return body.requests.flatMap((one: unknown) => readRequest(one) ?? []);
}

function readRequest(one: unknown): SeenRequest | null {
  if (!isObject(one) || !isObject(one.body)) return null;
  const { receivedAt, headers, sentHeaders, end, body } = one;
  const pieces = Array.isArray(body.pieces) ? body.pieces : [];
  if (typeof receivedAt !== 'number') return null;
  return {
    receivedAt,
    headers: readFields(headers) ?? [],
    sentHeaders: readFields(sentHeaders),
    body: {
      bytes: typeof body.bytes === 'number' ? body.bytes : 0,
      complete: body.complete === true,
      pieces: pieces.flatMap((piece: unknown) =>
        isObject(piece) && typeof piece.at === 'number' && typeof piece.bytes === 'number'
          ? [{ at: piece.at, bytes: piece.bytes }]
          : [],
      ),
    },
    end:
      isObject(end) && typeof end.at === 'number' && typeof end.reason === 'string'
        ? { at: end.at, reason: end.reason }
        : null,
  };
}

function readFields(fields: unknown): HeaderList | null {
  if (!Array.isArray(fields)) return null;
  return fields.flatMap((pair: unknown) =>
    Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string'
      ? [[pair[0], pair[1]] as [string, string]]
      : [],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
