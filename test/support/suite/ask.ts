import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sighting } from '../../../src/origin/sightings.ts';

/** Under which name the origin remembers a request. */
export function newToken(): string {
  return randomUUID();
}

/** Opens a request on a connection of its own; any certificate will do. Resolves with the response head. */
export async function openAnswer(
  url: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const send = url.startsWith('https:') ? https.get : http.get;
  const request = send(url, { agent: false, headers, rejectUnauthorized: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // It is broken off by those who leave.
  response.on('error', () => {});
  return response;
}

/** Reads a whole answer; its bytes as they came, still coded. */
export async function ask(
  url: string,
  headers?: Record<string, string>,
): Promise<{ response: IncomingMessage; body: Buffer }> {
  const response = await openAnswer(url, headers);
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { response, body: Buffer.concat(pieces) };
}

/** What the origin itself saw of the requests with this token. */
export async function seenBy(origin: string, token: string): Promise<Sighting[]> {
  const { body } = await ask(`${origin}/.well-known/unclog/seen?token=${token}`);
  return (JSON.parse(body.toString()) as { requests: Sighting[] }).requests;
}

/** Asks the origin until a condition holds; returns the last answer either way. */
export async function seenUntil(
  origin: string,
  token: string,
  isEnough: (requests: Sighting[]) => boolean,
  withinMs: number,
): Promise<Sighting[]> {
  const until = performance.now() + withinMs;
  for (;;) {
    const requests = await seenBy(origin, token);
    if (isEnough(requests) || performance.now() > until) return requests;
    await delay(50);
  }
}
