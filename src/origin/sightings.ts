import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderList } from '../types.ts';
import { allowsMethod, sendJson } from './answers.ts';
import { clientAddress } from './client-address.ts';
import { createParameterReader, type ParameterReader } from './parameters.ts';
import type { StreamEndReason } from './stream-ledger.ts';
import { epochMs } from './wall-clock.ts';

/** Bounds of what is kept: anybody can make the origin remember a request. */
export const SIGHTING_LIMITS = {
  tokens: 4_000,
  /** Of one address; a hop in front counts as one. */
  tokensPerClient: 1_000,
  requestsPerToken: 16,
  keptMs: 300_000,
  fields: 100,
  valueCharacters: 1_024,
  pieces: 256,
} as const;

/** Fields whose values are secrets, or may be: only that they came is told. */
const SECRET_FIELD = /auth|cookie|token|secret|passw|session|api-?key|client-?cert|unclog-stamp/i;

/** One request as the origin saw it. Times are epoch milliseconds of the origin's clock. */
export interface Sighting {
  receivedAt: number;
  method: string;
  httpVersion: string;
  /** In order, as received; values of credentials are `***`. */
  headers: HeaderList;
  /** Response fields as sent; null before the head. */
  sentHeaders: HeaderList | null;
  body: { bytes: number; complete: boolean; pieces: { at: number; bytes: number }[] };
  /** How and when the answer ended; null while it lasts. */
  end: { at: number; reason: StreamEndReason; events: number } | null;
}

/** A request that is being remembered. */
export interface SightingEntry {
  readonly sighting: Sighting;
  sentHead(fields: readonly string[]): void;
  ended(reason: StreamEndReason, events: number): void;
}

/** What the origin saw of requests that carried a token, for whoever knows the token. */
export interface Sightings {
  /** Remembers the request; null where there is no room. */
  note(token: string, request: IncomingMessage): SightingEntry | null;
  answerSeen(response: ServerResponse, query: URLSearchParams): void;
}

interface Kept {
  sinceMs: number;
  remote: string;
  requests: Sighting[];
}

export function createSightings(): Sightings {
  const byToken = new Map<string, Kept>();

  function forgetOld(): void {
    const nowMs = performance.now();
    for (const [token, { sinceMs }] of byToken) {
      // Insertion order is age.
      if (nowMs - sinceMs <= SIGHTING_LIMITS.keptMs && byToken.size < SIGHTING_LIMITS.tokens) return;
      byToken.delete(token);
    }
  }

  function keep(token: string, remote: string): Kept {
    const known = byToken.get(token);
    if (known !== undefined) return known;
    forgetOld();
    const ofClient = [...byToken].filter(([, other]) => other.remote === remote);
    // Its own oldest: whoever goes on with experiments asks for the latest.
    if (ofClient.length >= SIGHTING_LIMITS.tokensPerClient) byToken.delete(ofClient[0]?.[0] ?? '');
    const kept: Kept = { sinceMs: performance.now(), remote, requests: [] };
    byToken.set(token, kept);
    return kept;
  }

  return {
    note(token, request) {
      const kept = keep(token, clientAddress(request));
      if (kept.requests.length >= SIGHTING_LIMITS.requestsPerToken) return null;
      const sighting = newSighting(request);
      kept.requests.push(sighting);
      watchBody(request, sighting);
      return {
        sighting,
        sentHead(fields) {
          sighting.sentHeaders = pairs(fields);
        },
        ended(reason, events) {
          sighting.end ??= { at: epochMs(), reason, events };
        },
      };
    },
    answerSeen(response, query) {
      if (!allowsMethod(response, ['GET', 'HEAD'])) return;
      const parameters = createParameterReader(query);
      const token = parameters.required('token', readToken(parameters));
      parameters.refuseOthers();
      const kept = byToken.get(token);
      // A token that is not known is no error: caches keep errors, and the request may be on its way.
      sendJson(response, 200, { now: epochMs(), requests: kept?.requests ?? [] });
    },
  };
}

/** The parameter `token`: under which name the request is remembered. */
export function readToken(parameters: ParameterReader): string | null {
  return parameters.text('token', /^[\w-]{16,64}$/, '16 to 64 letters, digits, "-" or "_"');
}

function newSighting(request: IncomingMessage): Sighting {
  return {
    receivedAt: epochMs(),
    method: request.method ?? '',
    httpVersion: request.httpVersion,
    headers: pairs(request.rawHeaders),
    sentHeaders: null,
    body: { bytes: 0, complete: false, pieces: [] },
    end: null,
  };
}

function pairs(flat: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let i = 0; i + 1 < flat.length && list.length < SIGHTING_LIMITS.fields; i += 2) {
    const name = flat[i] ?? '';
    const value = SECRET_FIELD.test(name) ? '***' : (flat[i + 1] ?? '');
    list.push([name, value.slice(0, SIGHTING_LIMITS.valueCharacters)]);
  }
  return list;
}

/** Pieces of the body as they came: a hop that collects a body hands it over in one go. */
function watchBody(request: IncomingMessage, { body }: Sighting): void {
  request.on('data', (bytes: Buffer) => {
    body.bytes += bytes.length;
    if (body.pieces.length < SIGHTING_LIMITS.pieces) body.pieces.push({ at: epochMs(), bytes: bytes.length });
  });
  request.once('end', () => {
    body.complete = true;
  });
}
