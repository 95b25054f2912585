import type { StreamProtocol } from '../types.ts';

/** What a reader of protocols has seen so far. */
interface Seen {
  protocol: StreamProtocol['name'] | null;
  firstTokenMs: number | null;
  ended: boolean;
}

/** Recognises the protocol inside a stream's events. */
export interface ProtocolReader {
  /** The next event: its `event:` name (empty without one), its data, and when it came. */
  event(type: string, data: string, atMs: number): void;
  result(): StreamProtocol | null;
}

type Message = Record<string, unknown>;

interface Protocol {
  name: StreamProtocol['name'];
  is(message: Message): boolean;
  isEnd(message: Message): boolean;
  hasToken(message: Message): boolean;
}

/**
 * Protocols with an end marker of their own, so that an answer cut short shows whatever its framing says.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 * @see https://docs.anthropic.com/en/docs/build-with-claude/streaming
 * @see https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#streamable-http
 * @see https://github.com/ollama/ollama/blob/main/docs/api.md
 */
const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'chat-completions',
    is: (message) =>
      message.object === 'chat.completion.chunk' ||
      message.object === 'text_completion' ||
      (Array.isArray(message.choices) && message.choices.some((one) => isMessage(one) && 'delta' in one)),
    // Some servers leave `[DONE]` out: a finish reason says that the answer is whole.
    isEnd: (message) => choicesOf(message).some((choice) => typeof choice.finish_reason === 'string'),
    hasToken: (message) =>
      choicesOf(message).some((choice) => {
        const delta = isMessage(choice.delta) ? choice.delta : choice;
        return isText(delta.content) || isText(delta.text) || Array.isArray(delta.tool_calls);
      }),
  },
  {
    name: 'responses',
    is: ({ type }) => typeof type === 'string' && /^response\.[a-z_.]+$/.test(type),
    isEnd: ({ type }) =>
      ['response.completed', 'response.failed', 'response.incomplete', 'error'].includes(String(type)),
    hasToken: ({ type }) => typeof type === 'string' && /^response\..*delta$/.test(type),
  },
  {
    name: 'messages',
    is: ({ type }) =>
      typeof type === 'string' &&
      /^(?:message_(?:start|delta|stop)|content_block_(?:start|delta|stop))$/.test(type),
    isEnd: ({ type }) => type === 'message_stop' || type === 'error',
    hasToken: ({ type }) => type === 'content_block_delta',
  },
  {
    name: 'mcp',
    is: ({ jsonrpc }) => jsonrpc === '2.0',
    isEnd: (message) => 'result' in message || 'error' in message,
    hasToken: () => false,
  },
  {
    name: 'ollama',
    is: (message) =>
      typeof message.done === 'boolean' &&
      ('response' in message || 'message' in message || 'model' in message),
    isEnd: ({ done }) => done === true,
    hasToken: (message) =>
      isText(message.response) || (isMessage(message.message) && isText(message.message.content)),
  },
];

/** A stream tells its protocol by its first events. */
const LOOKED_AT_EVENTS = 20;

export function createProtocolReader(): ProtocolReader {
  const seen: Seen = { protocol: null, firstTokenMs: null, ended: false };
  let protocol: Protocol | undefined;
  let count = 0;
  return {
    event(_type, data, atMs) {
      count += 1;
      if (data.trim() === '[DONE]') {
        seen.ended = true;
        return;
      }
      if (protocol === undefined && count > LOOKED_AT_EVENTS) return;
      const message = parse(data);
      if (message === null) return;
      protocol ??= PROTOCOLS.find((one) => one.is(message));
      if (protocol === undefined) return;
      if (protocol.isEnd(message)) seen.ended = true;
      if (protocol.hasToken(message)) seen.firstTokenMs ??= atMs;
    },
    result: () =>
      protocol === undefined
        ? null
        : { name: protocol.name, firstTokenMs: seen.firstTokenMs, endMarker: seen.ended },
  };
}

function parse(data: string): Message | null {
  if (!data.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(data);
    return isMessage(value) ? value : null;
  } catch {
    return null;
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function choicesOf(message: Message): Message[] {
  return Array.isArray(message.choices) ? message.choices.filter(isMessage) : [];
}
