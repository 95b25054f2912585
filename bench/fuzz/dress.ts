import type { Answer, Dress } from './make-case.ts';
import { PAUSE_MS, STAMP } from './profile.ts';
import type { Random } from './random.ts';

const STAMP_FIELDS = [`Unclog-Stamp: ${STAMP}`, `Unclog-Stamp: ${STAMP}x`, `unclog-stamp:${STAMP}`];

/** What the options of the profile `full` need to come into play: fields that ask for them, TLS, and pauses. */
export function drawDress(random: Random): Dress {
  const fields: string[] = [];
  if (random.percent(15)) fields.push(random.pick(STAMP_FIELDS));
  if (random.percent(30)) fields.push('Accept: text/event-stream');
  if (random.percent(20)) fields.push(`X-Session: ${random.int(50)}`);
  const pause = random.percent(5) ? random.pick(['head', 'body', 'body'] as const) : null;
  return { fields, pause, ...(random.percent(4) && { over: 'tls' }) };
}

/** The request with the fields of its dress. */
export function dressRequest(request: string, { fields, pause }: Dress): string {
  const asked = pause === null ? request : request.replace(/^\S+ \/\w+\//, 'GET /stream/');
  return asked.replace('Host: a\r\n', `Host: a\r\n${fields.map((field) => `${field}\r\n`).join('')}`);
}

/** The answer with the pauses of its dress: before its head, or inside its body. */
export function dressAnswer(answer: Answer, { pause }: Dress): Answer {
  if (pause === 'head') return { ...answer, delayMs: PAUSE_MS };
  if (pause === null) return answer;
  const text = answer.pieces.join('');
  // Behind some line end of the body.
  const at = text.indexOf('\n', Math.floor(text.length * 0.6)) + 1;
  return at < 1 || at >= text.length
    ? answer
    : { ...answer, pieces: [text.slice(0, at), text.slice(at)], pauseMs: PAUSE_MS };
}
