import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { startTestServer, type TestServer } from './test-server.ts';

export interface TestMcpServer extends TestServer {
  /** Methods and JSON-RPC methods seen, in order. */
  seen: string[];
  /** Sessions that are open. */
  sessions(): number;
}

/** A real MCP server (the SDK's) at `/mcp`, with one slow tool that reports its progress. */
export async function startMcpServer({ jsonAnswers = false } = {}): Promise<TestMcpServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const seen: string[] = [];
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: jsonAnswers,
      onsessioninitialized: (id) => void transports.set(id, transport),
      onsessionclosed: (id) => void transports.delete(id),
    });
    const server = new McpServer({ name: 'test', version: '1.0.0' });
    server.registerTool('count', { description: 'Counts to ten' }, async ({ _meta, sendNotification }) => {
      for (let progress = 1; progress <= 10; progress += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const progressToken = _meta?.progressToken;
        if (progressToken !== undefined)
          await sendNotification({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 10 },
          });
      }
      return { content: [{ type: 'text', text: 'ten' }] };
    });
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's optional members are not exact (exactOptionalPropertyTypes)
    await server.connect(transport as any);
    return transport;
  };
  const listening = await startTestServer(async (request, response) => {
    if (request.url !== '/mcp') {
      response.writeHead(404).end();
      return;
    }
    let body = '';
    for await (const text of request.setEncoding('utf8')) body += text;
    const message = body === '' ? undefined : (JSON.parse(body) as { method?: string });
    seen.push(`${request.method} ${message?.method ?? ''}`.trim());
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? transports.get(id) : undefined;
    await (known ?? (await open())).handleRequest(request, response, message);
  });
  return { ...listening, seen, sessions: () => transports.size };
}
