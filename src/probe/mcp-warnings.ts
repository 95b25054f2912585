import { showMs } from '../knowledge/phrases.ts';
import type { HopFacts } from '../types.ts';

/** A GET stream without a response head for so long, though the POST was answered, is worth a line. */
const LATE_HEAD_MS = 2_500;

/** What `--mcp` saw beside the stream that was judged. */
export function mcpWarnings({ name, observation: { mcp } }: HopFacts): string[] {
  if (mcp === undefined) return [];
  const { get, post, recorded } = mcp;
  const lines: string[] = [];
  if (recorded === 'get')
    lines.push(
      `${name}: the POST is answered with JSON, as MCP allows; the stream of the GET was judged instead`,
    );
  else if (post.contentType === 'application/json')
    lines.push(
      `${name}: the POST is answered with JSON, as MCP allows, and there is no GET stream: nothing here can be held`,
    );
  if (get.status === 405 && recorded === 'post')
    lines.push(`${name}: the server offers no stream for GET (405), as MCP allows`);
  else if (get.status === null || (get.headMs ?? 0) > LATE_HEAD_MS)
    lines.push(
      `${name}: the stream of the GET gave no response head within ${showMs(get.headMs ?? 3_000)} though the POST was answered: something may keep the head of a quiet stream`,
    );
  return lines;
}
