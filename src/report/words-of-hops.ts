import { showBytes, showMs } from '../knowledge/phrases.ts';
import type { Report, ReportHop, StreamProtocol } from '../types.ts';

/** Additions below this are within what two measurements of the same thing differ by. */
const NOTEWORTHY_MS = 20;

/** Where lateness is not known, a hop must not be said to add nothing. */
const UNKNOWN = 'cannot be compared';

/**
 * `edge adds 9.5 s and holds 4096 bytes; cdn adds nothing`; null where the column of holds says it all: no hop of a chain
 * adds anything, or a single one does and collects no block.
 */
export function shareWords({ hops }: Report): string | null {
  const shares = hops.flatMap((hop) => (hop.adds === undefined ? [] : [shareOf(hop)]));
  const adding = shares.filter(({ adds }) => adds !== null && adds !== UNKNOWN).length;
  if (adding === 0 || (adding === 1 && hops.every(({ adds }) => adds?.blockBytes == null))) return null;
  return shares.map(({ name, adds }) => `${name} ${adds ?? 'adds nothing'}`).join('; ');
}

/** What one hop of a chain adds; `adds` null where it adds nothing. */
export function shareOf({ name, adds }: ReportHop): { name: string; adds: string | null } {
  const late = adds?.holdMs ?? 0;
  const parts = [
    late < NOTEWORTHY_MS ? null : `adds ${showMs(late)}`,
    adds?.blockBytes == null ? null : `holds ${showBytes(adds.blockBytes)}`,
  ].filter((part) => part !== null);
  if (parts.length > 0) return { name, adds: parts.join(' and ') };
  return { name, adds: adds?.holdMs === null ? UNKNOWN : null };
}

const PROTOCOLS: Readonly<Record<StreamProtocol['name'], string>> = {
  'chat-completions': 'chat completions (OpenAI style)',
  responses: 'responses (OpenAI style)',
  messages: 'messages (Anthropic style)',
  mcp: 'MCP over streamable HTTP',
  ollama: 'Ollama',
};

/** The protocol, its first token and its end, a line for each hop where one is recognised; alike hops share a line. */
export function protocolWords({ hops }: Report): string[] {
  const known = hops.flatMap(({ name, protocol }) => (protocol === null ? [] : [{ name, protocol }]));
  const names = [...new Set(known.map(({ protocol }) => protocol.name))];
  return names.map((id) => {
    const told = known
      .filter(({ protocol }) => protocol.name === id)
      .map(({ name, protocol }) => `${hops.length > 1 ? `${name}: ` : ''}${tokenWords(protocol)}`);
    return `${PROTOCOLS[id]}: ${told.join('; ')}`;
  });
}

function tokenWords({ firstTokenMs, endMarker }: StreamProtocol): string {
  const first = firstTokenMs === null ? 'no token' : `first token after ${showMs(firstTokenMs)}`;
  return `${first}, ${endMarker ? 'end marker seen' : 'no end marker'}`;
}
