import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { StreamProtocol } from '../../src/types.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

const chat = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ delta, finish_reason: finish }] })}\n\n`;
const typed = (type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

/** The parts of an answer, by protocol: how it begins (no token yet), a token, and how it ends. */
const ANSWERS: Record<StreamProtocol['name'], { type: string; begin: string; token: string; end: string }> = {
  'chat-completions': {
    type: 'text/event-stream',
    begin: chat({ role: 'assistant', content: '' }),
    token: chat({ content: 'word' }),
    end: `${chat({}, 'stop')}data: [DONE]\n\n`,
  },
  responses: {
    type: 'text/event-stream',
    begin: typed('response.created', { response: {} }),
    token: typed('response.output_text.delta', { delta: 'word' }),
    end: typed('response.completed'),
  },
  messages: {
    type: 'text/event-stream',
    begin: typed('message_start', { message: {} }) + typed('ping'),
    token: typed('content_block_delta', { delta: { type: 'text_delta', text: 'word' } }),
    end: typed('message_stop'),
  },
  mcp: {
    type: 'text/event-stream',
    begin: 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n',
    token: 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n',
    end: 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
  },
  ollama: {
    type: 'application/x-ndjson',
    begin: '{"model":"m","response":"","done":false}\n',
    token: '{"model":"m","response":"word","done":false}\n',
    end: '{"model":"m","response":"","done":true}\n',
  },
};

describe('answers that say themselves where they end', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer((request, response) => {
      const [, name = '', how = ''] = (request.url ?? '').split('/');
      const answer = ANSWERS[name as StreamProtocol['name']];
      response.writeHead(200, {
        'Content-Type': answer.type,
        ...(how === 'closed' ? { Connection: 'close' } : {}),
      });
      // Without chunks, only the end of the connection marks the end of the body.
      if (how === 'closed') response.useChunkedEncodingByDefault = false;
      response.write(answer.begin);
      everyInterval(
        response,
        { intervalMs: 50, count: 10 },
        () => response.write(answer.token),
        () => response.end(how === 'whole' ? answer.end : ''),
      );
    });
  });
  afterAll(() => server.close());

  const names = Object.keys(ANSWERS) as StreamProtocol['name'][];
  it.concurrent.each(names)(
    '%s: a whole answer streams, its end and its first token are seen',
    async (name) => {
      const report = await runProbe([{ name: 'llm', url: `${server.url}/${name}/whole` }]);
      const [hop] = report.hops;
      expect(hop?.verdict).toBe('streaming');
      expect(hop?.protocol).toMatchObject({ name, endMarker: true });
      if (name !== 'mcp')
        expect(hop?.protocol?.firstTokenMs).toBeGreaterThan((hop?.timings.firstEventMs ?? 0) + 20);
    },
  );

  it.concurrent.each(names.filter((name) => name !== 'mcp'))(
    '%s: an answer without its end marker is cut, however cleanly it was framed',
    async (name) => {
      for (const how of ['chunked', 'closed']) {
        const report = await runProbe([{ name: 'llm', url: `${server.url}/${name}/${how}` }]);
        expect(report.verdict).toBe('cut');
        expect(report.hops[0]?.protocol).toMatchObject({ name, endMarker: false });
        expect(report.findings[0]).toMatchObject({
          id: 'truncated',
          severity: 'error',
          confidence: 'likely',
        });
        expect(report.findings[0]?.explanation).toMatch(/ended without .* ends every whole answer/);
      }
    },
  );

  it.concurrent('that is still going on is not cut', async () => {
    const report = await runProbe([{ name: 'llm', url: `${server.url}/messages/whole` }], { events: 4 });
    expect(report.verdict).toBe('streaming');
    expect(report.hops[0]?.protocol?.endMarker).toBe(false);
  });
});
