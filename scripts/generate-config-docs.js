// Writes docs/gateway-config.md from the schema of the configuration file, so that the page cannot drift from the program.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const INTRODUCTION = `# The gateway's configuration file

Generated from the schema; \`npm run generate\` writes it anew. [gateway.md](gateway.md) says how these things work together.

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/unclog/gateway.schema.json
listeners: [127.0.0.1:8080]
trustedProxies: [127.0.0.1]
upstreams:
  app: http://127.0.0.1:8000
  mcp:
    targets: [http://127.0.0.1:8001, http://127.0.0.1:8002]
    balance: sticky
    stickyHeader: Mcp-Session-Id
    healthCheck: { path: /healthz, interval: 5s }
routes:
  - paths: [/mcp]
    upstream: mcp
    kind: stream
    queue: 5s
    maxStreamsPerClient: 20
  - paths: [/events/**]
    methods: [GET]
    upstream: app
    kind: stream
    idleTimeout: 2m
  - upstream: app
\`\`\`

Durations are written \`250ms\`, \`10s\`, \`2m\`, sizes \`512b\`, \`4k\`, \`1m\`. Keys may be written in kebab case, too. What is wrong with
a file is told as \`file:line:column: message\`, all of it at once, with exit code 2; \`unclog gateway --check-config\` does
nothing else, and \`--print-config\` prints what is in force and where each value came from.
[gateway.schema.json](../gateway.schema.json), which the package exports, tells editors the same as this page.

`;

/** The page's text. */
export function configPage(reference) {
  return INTRODUCTION + reference;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { configReference } = await import('../dist/gateway/config/reference.js');
  writeFileSync(new URL('../docs/gateway-config.md', import.meta.url), configPage(configReference()));
}
