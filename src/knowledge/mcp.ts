import type { Observation } from '../types.ts';
import { rawBodyStart } from './readings.ts';

/** Statuses with which an MCP server refuses what is no MCP request (streamable HTTP). */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 405, 406]);
/** Words of the protocol in its error bodies: JSON-RPC, and what the SDKs answer. */
const WORDS =
  /"jsonrpc"\s*:\s*"2\.0"|Mcp-Session-Id|must accept (?:both )?(?:application\/json|text\/event-stream)/i;

/**
 * Is this refusal what an MCP endpoint answers to a plain GET?
 * @see https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#streamable-http
 */
export function refusedAsMcp(observation: Observation): boolean {
  const { response, url, request, mcp } = observation;
  if (response === null || mcp !== undefined || !REFUSALS.has(response.status)) return false;
  if (response.headers.some(([name]) => /^mcp-/i.test(name)) || WORDS.test(rawBodyStart(observation)))
    return true;
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  const allowsPost = response.headers.some(
    ([name, value]) => /^allow$/i.test(name) && /\bPOST\b/.test(value),
  );
  return (
    /\/mcp\/?$/.test(path) &&
    request.method === 'GET' &&
    (response.status === 405 || response.status === 406 || allowsPost)
  );
}
