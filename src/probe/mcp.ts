import { headerValue } from '../http/header-list.ts';
import { EVENT_STREAM, mediaType } from '../http/media-type.ts';
import type { HeaderList, McpSession, Observation } from '../types.ts';
import { VERSION } from '../version.ts';
import type { RunClock } from './clock.ts';
import { type ObserveProgress, observe } from './observe.ts';
import { PATH_EXCHANGES } from './path-exchange.ts';
import type { ObserveOptions, ProbeTarget } from './targets.ts';
import { buildTimeline } from './timeline.ts';

/** The version offered; a server answers with the one that it speaks. */
const OFFERED_VERSION = '2025-06-18';
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: OFFERED_VERSION,
    capabilities: {},
    clientInfo: { name: 'unclog', version: VERSION },
  },
};
/** Harmless and understood by every server; whoever wants another request measured gives it with `-d`. */
const LIST_TOOLS = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
/** How long the GET stream may take for its head, beside the POST. */
const GET_HEAD_WAIT_MS = 3_000;
/** Bounds for the exchanges around the measured one. */
const SHORT_MS = 2_000;

/** initialize, initialized, POST, GET, DELETE, and the short ones that measure the path. */
export const MCP_REQUESTS = 5 + PATH_EXCHANGES + 1;

/** What an exchange needs from the run. */
export interface McpRun {
  settings: ObserveOptions;
  clock: RunClock;
  signal: AbortSignal;
  onProgress: (progress: ObserveProgress) => void;
}

/**
 * Measures an MCP endpoint (streamable HTTP): opens a session, records the answer to a POST (the body of `-d`, else
 * `tools/list`) and looks at the GET stream meanwhile, then ends the session. A server that answers the POST with JSON, as
 * it may, is recorded by its GET stream where it has one.
 *
 * @returns the recording; the answer to `initialize` where that was no success
 * @see https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#streamable-http
 */
export async function observeMcp(target: ProbeTarget, run: McpRun): Promise<Observation> {
  // Recordings hold no credentials, and the session's id is one: it is taken from the head as it comes.
  let sessionId: string | null = null;
  const hello = await post(target, run, json(INITIALIZE), {
    ...run.settings,
    events: 1,
    durationMs: SHORT_MS,
    onHead: ({ headers }) => {
      sessionId = headerValue(headers, 'mcp-session-id') ?? sessionId;
    },
  });
  const status = hello.response?.status ?? 0;
  if (status < 200 || status > 299) return hello;
  const session = openSession(hello, sessionId);
  const own: ProbeTarget = { ...target, headers: [...(target.headers ?? []), ...session.headers] };
  const brief = {
    ...run.settings,
    waitFirstMs: Math.min(run.settings.waitFirstMs, SHORT_MS),
    durationMs: 1,
    events: 1,
  };
  await post(own, run, json({ jsonrpc: '2.0', method: 'notifications/initialized' }), brief);
  const [answer, stream] = await Promise.all([
    post(own, run, run.settings.body ?? json(LIST_TOOLS), run.settings, run.onProgress),
    openGetStream(own, run),
  ]);
  if (session.hasId) await endSession(own, run, brief);
  const useStream = isJson(answer) && isEventStream(stream);
  const mcp: McpSession = {
    protocolVersion: session.protocolVersion,
    hasSessionId: session.hasId,
    recorded: useStream ? 'get' : 'post',
    post: { status: answer.response?.status ?? null, contentType: typeOf(answer) },
    get: {
      status: stream.response?.status ?? null,
      contentType: typeOf(stream),
      headMs: stream.marks.headMs === null ? null : stream.marks.headMs - stream.marks.startMs,
    },
  };
  return { ...(useStream ? stream : answer), mcp };
}

function json(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function post(
  target: ProbeTarget,
  { clock, signal }: McpRun,
  body: Buffer,
  settings: ObserveOptions,
  onProgress: McpRun['onProgress'] = () => {},
): Promise<Observation> {
  const headers = withDefaults(target.headers, [
    ['Accept', 'application/json, text/event-stream'],
    ['Content-Type', 'application/json'],
  ]);
  return observe({ ...target, headers }, { ...settings, method: 'POST', body }, clock, signal, onProgress);
}

function withDefaults(own: HeaderList = [], defaults: HeaderList): HeaderList {
  const named = new Set(own.map(([name]) => name.toLowerCase()));
  return [...defaults.filter(([name]) => !named.has(name.toLowerCase())), ...own];
}

function openSession(
  hello: Observation,
  id: string | null,
): { headers: HeaderList; hasId: boolean; protocolVersion: string | null } {
  const protocolVersion = readVersion(hello);
  const headers: HeaderList = [['MCP-Protocol-Version', protocolVersion ?? OFFERED_VERSION]];
  if (id !== null) headers.push(['Mcp-Session-Id', id]);
  return { headers, hasId: id !== null, protocolVersion };
}

/** The version in the answer to `initialize`, sent as JSON or as an event. */
function readVersion(hello: Observation): string | null {
  const body = Buffer.concat(hello.chunks.map((chunk) => Buffer.from(chunk.base64, 'base64'))).toString(
    'utf8',
  );
  const version = /"protocolVersion"\s*:\s*"([\w.-]{1,40})"/.exec(body)?.[1];
  return version ?? null;
}

function openGetStream(target: ProbeTarget, { settings, clock, signal }: McpRun): Promise<Observation> {
  const headers = withDefaults(target.headers, [['Accept', 'text/event-stream']]).filter(
    ([name]) => name.toLowerCase() !== 'content-type',
  );
  const waitFirstMs = Math.min(settings.waitFirstMs, GET_HEAD_WAIT_MS);
  const limits = { waitFirstMs, durationMs: settings.durationMs, events: settings.events };
  return observe(
    { ...target, headers },
    { ...settings, ...limits, method: 'GET', body: null },
    clock,
    signal,
  );
}

async function endSession(
  target: ProbeTarget,
  { clock, signal }: McpRun,
  brief: ObserveOptions,
): Promise<void> {
  await observe(target, { ...brief, method: 'DELETE', body: null }, clock, signal);
}

function typeOf({ response }: Observation): string | null {
  return mediaType(headerValue(response?.headers ?? [], 'content-type'));
}

function isJson(observation: Observation): boolean {
  return typeOf(observation) === 'application/json' && (observation.response?.status ?? 0) < 300;
}

function isEventStream(observation: Observation): boolean {
  return typeOf(observation) === EVENT_STREAM && buildTimeline(observation).format === 'event-stream';
}
