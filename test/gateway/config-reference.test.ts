import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadGatewayConfig } from '../../src/cli/gateway-config.ts';
import { GATEWAY_KINDS } from '../../src/cli/gateway-flags.ts';
import { gatewayBlock } from '../../src/gateway/config/gateway.ts';
import { gatewayJsonSchema } from '../../src/gateway/config/json-schema.ts';
import { configReference } from '../../src/gateway/config/reference.ts';
import { contentOf, keysOf } from '../../src/gateway/config/schema-walk.ts';
import { configFile } from './support/config-file.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

test('gateway.schema.json is current (write it with npm run generate)', () => {
  expect(JSON.parse(read('gateway.schema.json'))).toEqual(gatewayJsonSchema());
});

test('docs/gateway-config.md is current (write it with npm run generate)', async () => {
  // @ts-expect-error a plain script without types
  const { configPage } = (await import('../../scripts/generate-config-docs.js')) as {
    configPage: (reference: string) => string;
  };
  expect(read('docs/gateway-config.md')).toBe(configPage(configReference()));
});

test('the package ships the schema and exports it', () => {
  const { files, exports } = JSON.parse(read('package.json')) as {
    files: string[];
    exports: Record<string, unknown>;
  };
  expect(files).toContain('gateway.schema.json');
  expect(exports['./gateway.schema.json']).toBe('./gateway.schema.json');
});

/** All keys of the schema, wherever they are. */
function allKeys(schema: z.core.$ZodType): string[] {
  const content = contentOf(schema);
  if (content !== null) return allKeys(content);
  return (keysOf(schema) ?? []).flatMap(({ name, schema: inner }) => [name, ...allKeys(inner)]);
}

test('the reference has a row for each key of each block, and says something of it', () => {
  const rows = [...configReference().matchAll(/^\| `(\w+)` \| .+ \| .+ \| .{10,} \|$/gm)].map(
    (match) => match[1],
  );
  expect([...new Set(rows)].sort()).toEqual([...new Set(allKeys(gatewayBlock))].sort());
});

test('each flag that sets something is a key at the top of the file', () => {
  const keys = new Set(Object.keys((gatewayJsonSchema().properties ?? {}) as object));
  const camel = Object.keys(GATEWAY_KINDS).map((name) =>
    name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  expect(camel.filter((name) => !keys.has(name))).toEqual([]);
});

const EXAMPLES = [
  ...[...read('docs/gateway.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? ''),
  ...[...read('docs/gateway-config.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? ''),
];

test.each(EXAMPLES)(
  'an example of the documentation can be used, and the JSON Schema says so, too: %s',
  (text) => {
    const given = new Map([['config', { value: configFile(text), source: '--config' }]]);
    expect(() => loadGatewayConfig(given)).not.toThrow();
    const schema = z.fromJSONSchema(gatewayJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    expect(schema.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  },
);

test.each([
  'upstraem: http://a',
  'upstream: http://a\nheadTimeout: 5',
  'upstream: http://a\nroutes: [{ paths: [/a] }]',
  'upstreams: { a: { targets: http://a, balance: random } }',
])('the JSON Schema refuses what the program refuses: %s', (text) => {
  const schema = z.fromJSONSchema(gatewayJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  expect(schema.safeParse(parse(text)).success).toBe(false);
});
