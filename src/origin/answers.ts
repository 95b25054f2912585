import type { ServerResponse } from 'node:http';

/** A short, complete answer in plain text; `HEAD` gets its head. */
export function sendText(response: ServerResponse, status: number, text: string, extra: string[] = []): void {
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`, extra);
}

/** A short, complete answer in JSON that no cache keeps. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value), ['Cache-Control', 'no-store']);
}

/** An answer without a body. */
export function sendNothing(response: ServerResponse): void {
  response.req.resume();
  response.writeHead(204, ['Cache-Control', 'no-store']);
  response.end();
}

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  extra: string[],
): void {
  response.req.resume();
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, ['Content-Type', contentType, 'Content-Length', length, ...extra]);
  response.end(body);
}

/** True when the method is one of these; else the request is answered with 405. */
export function allowsMethod(response: ServerResponse, methods: readonly string[]): boolean {
  const method = response.req.method ?? '';
  if (methods.includes(method)) return true;
  const allow = methods.join(', ');
  sendText(response, 405, `${method} is not possible here, expected ${allow}.`, ['Allow', allow]);
  return false;
}
