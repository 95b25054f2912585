import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowsMethod, sendJson, sendText } from './answers.ts';
import { createParameterReader } from './parameters.ts';
import { readToken, type Sightings } from './sightings.ts';
import { epochMs } from './wall-clock.ts';

/** Bounds of a request body that is only looked at. */
export const BODY_LIMITS = { bytes: 1_048_576, ms: 30_000 } as const;

/**
 * `POST P/.well-known/unclog/body?token=…`: reads the body and answers, once it is whole, with what came when: the
 * same as `seen` tells while it is under way.
 */
export function answerBody(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  sightings: Sightings,
): void {
  if (!allowsMethod(response, ['POST', 'PUT'])) return;
  const parameters = createParameterReader(query);
  const token = parameters.required('token', readToken(parameters));
  parameters.refuseOthers();
  const entry = sightings.note(token, request);
  if (entry === null) {
    sendText(response, 429, 'Too many requests are remembered here.', ['Retry-After', '60']);
    return;
  }
  const { sighting } = entry;
  const late = setTimeout(() => request.destroy(), BODY_LIMITS.ms);
  request.on('data', () => {
    if (sighting.body.bytes > BODY_LIMITS.bytes) request.destroy();
  });
  request.once('end', () => {
    sendJson(response, 200, { now: epochMs(), requests: [sighting] });
    entry.ended('complete', 0);
  });
  request.once('close', () => {
    clearTimeout(late);
    entry.ended('client-left', 0);
  });
}
