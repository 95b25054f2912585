import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { API_VERSIONS, HCL_FIELDS, YAML_FIELDS } from '../support/documented-fields.ts';
import { type HclBlock, parseHcl } from '../support/hcl.ts';
import { parseXml, type XmlElement } from '../support/xml.ts';

const ROOT = new URL('../../configs/', import.meta.url);

/** The files of products that no test can run, by path in `configs/`. */
const FILES = INTERMEDIARIES.filter(({ cannotRun }) => cannotRun !== undefined).flatMap(({ id }) =>
  readdirSync(new URL(`${id}/`, ROOT))
    .filter((name) => name !== 'README.md')
    .map((name) => `${id}/${name}`),
);

function ofKind(...extensions: string[]): string[] {
  return FILES.filter((file) => extensions.some((extension) => file.endsWith(extension)));
}

function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

function namesOf({ attributes, blocks }: HclBlock): string[] {
  return [...Object.keys(attributes), ...blocks.flatMap((block) => [block.type, ...namesOf(block)])];
}

/** The reader of the tests knows no comments. */
function parseCommented(text: string): XmlElement {
  const comments = [...text.matchAll(/<!--([\s\S]*?)-->/g)].map((match) => match[1] ?? '');
  for (const comment of comments) expect(comment).not.toContain('--');
  return parseXml(text.replaceAll(/<!--[\s\S]*?-->/g, ''));
}

describe('a file of a product that cannot be run here', () => {
  it('is of a kind that is checked below', () => {
    const checked = ofKind(
      '.yaml',
      '.yml',
      '.tf',
      '.json',
      '.xml',
      '.config',
      '.sh',
      '.toml',
      '.vcl',
      '.js',
      '.mjs',
    );
    expect(FILES.filter((file) => !checked.includes(file))).toEqual([]);
    expect(ofKind('.yaml', '.yml')).toEqual(expect.arrayContaining(Object.keys(YAML_FIELDS)));
  });

  it.each(ofKind('.yaml', '.yml'))('%s is YAML with fields that are documented', (file) => {
    for (const document of parseAllDocuments(read(file), { uniqueKeys: true })) {
      if (!('errors' in document)) throw new Error(`${file} is empty`);
      expect([...document.errors, ...document.warnings]).toEqual([]);
      const object: unknown = document.toJS();
      expect(keysOf(object).filter((key) => YAML_FIELDS[file]?.has(key) !== true)).toEqual([]);
      const { apiVersion, kind } = object as { apiVersion?: string; kind?: string };
      if (kind === 'Service') expect(['v1', 'serving.knative.dev/v1']).toContain(apiVersion);
      else if (kind !== undefined) expect(apiVersion).toBe(API_VERSIONS[kind]);
    }
  });

  it('in YAML quotes what an annotation or a ConfigMap wants as text', () => {
    for (const file of ofKind('.yaml')) {
      for (const document of parseAllDocuments(read(file))) {
        const object = ('toJS' in document ? document.toJS() : null) as Record<
          string,
          Record<string, unknown>
        > | null;
        const texts = { ...(object?.metadata?.annotations as object), ...object?.data };
        for (const [key, value] of Object.entries(texts))
          expect(typeof value, `${file}: ${key}`).toBe('string');
      }
    }
  });

  it.each(ofKind('.tf'))('%s is HCL with attributes that its provider documents', (file) => {
    const blocks = parseHcl(read(file));
    const variables = new Set(
      blocks.filter(({ type }) => type === 'variable').map(({ labels }) => labels[0]),
    );
    for (const block of blocks) {
      if (block.type === 'variable') continue;
      expect(block.type).toBe('resource');
      const known = HCL_FIELDS[block.labels[0] ?? ''];
      expect(
        namesOf(block).filter((name) => known?.has(name) !== true),
        block.labels[0],
      ).toEqual([]);
    }
    for (const [, name] of read(file).matchAll(/\bvar\.(\w+)/g)) expect(variables).toContain(name);
  });

  it('in HCL would be refused if a brace, a comma or a name were missing', () => {
    const whole = 'resource "a" "b" {\n  list = ["x", "y"]\n  inner {\n    n = 1\n  }\n}\n';
    expect(parseHcl(whole)).toMatchObject([{ labels: ['a', 'b'], blocks: [{ attributes: { n: '1' } }] }]);
    const broken = [whole.slice(0, -2), whole.replace(', ', ' '), whole.replace('n = ', '= '), `${whole}}`];
    for (const text of broken) expect(() => parseHcl(text), text).toThrow(/expected/);
  });

  it.each(ofKind('.json'))('%s is JSON', (file) => {
    expect(() => JSON.parse(read(file))).not.toThrow();
  });

  it.each(ofKind('.xml', '.config'))('%s is well-formed XML', (file) => {
    expect(parseCommented(read(file)).name).toMatch(/^(configuration|policies)$/);
  });

  it.each(ofKind('.sh'))('%s is a shell script that asks for what it needs', (file) => {
    const path = new URL(file, ROOT).pathname;
    expect(() => execFileSync('sh', ['-n', path])).not.toThrow();
    expect(() => execFileSync('sh', [path], { stdio: 'pipe' })).toThrow(/resource group/);
  });

  it.each(ofKind('.toml'))('%s is TOML of tables and simple values', (file) => {
    const lines = read(file)
      .split('\n')
      .map((line) => line.trim());
    const known = /^(#.*|\[[\w.]+\]|[a-z_]+ = ("[^"]*"|true|false|\d+)|)$/;
    expect(lines.filter((line) => !known.test(line))).toEqual([]);
  });

  it.each(ofKind('.vcl'))('%s has whole subroutines, and whole statements in them', (file) => {
    const code = read(file)
      .replaceAll(/#.*$/gm, '')
      .replaceAll(/"[^"\n]*"/g, '""');
    let depth = 0;
    for (const character of code) {
      depth += character === '{' ? 1 : character === '}' ? -1 : 0;
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect(depth).toBe(0);
    const lines = code
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    expect(lines.filter((line) => !/(\{|\}|;)$/.test(line))).toEqual([]);
  });
});

describe('the values that matter', () => {
  const policies = parseCommented(read('azure-api-management/policy.xml'));
  const config = parseCommented(read('iis-arr/web.config'));

  function find(element: XmlElement, name: string): XmlElement | undefined {
    if (element.name === name) return element;
    return element.children.map((child) => find(child, name)).find((one) => one !== undefined);
  }

  it('of API Management: no buffer, in each of the four sections it wants', () => {
    expect(policies.children.map(({ name }) => name)).toEqual(['inbound', 'backend', 'outbound', 'on-error']);
    expect(find(policies, 'forward-request')?.attributes['buffer-response']).toBe('false');
  });

  it('of IIS: the handler that is taken away is the one that comes back without a buffer', () => {
    expect(find(config, 'add')?.attributes).toMatchObject({
      name: find(config, 'remove')?.attributes.name,
      responseBufferLimit: '0',
    });
    const proxy = find(parseCommented(read('iis-arr/applicationHost.xml')), 'proxy');
    expect(proxy?.attributes).toMatchObject({ minResponseBuffer: '0', responseBufferLimit: '0' });
  });

  it('are within what the product takes', () => {
    const largest = (id: string, kind: string): number =>
      Math.max(
        ...(INTERMEDIARIES.find((product) => product.id === id)?.limits ?? [])
          .filter((limit) => limit.kind === kind)
          .map(({ mostSeconds }) => mostSeconds ?? 0),
      );
    const number = (file: string, pattern: RegExp): number => Number(pattern.exec(read(file))?.[1]);
    const cases: [number, number][] = [
      [number('aws-alb/passthrough.tf', /idle_timeout = (\d+)/), largest('aws-alb', 'idle')],
      [number('cloudfront/passthrough.tf', /origin_read_timeout = (\d+)/), largest('cloudfront', 'idle')],
      [number('gcp-cloud-run/service.yaml', /timeoutSeconds: (\d+)/), largest('gcp-cloud-run', 'total')],
      [number('aws-lambda-url/template.yaml', /Timeout: (\d+)/), largest('aws-lambda-url', 'total')],
      [
        number('aws-api-gateway/openapi.yaml', /timeoutInMillis: (\d+)000/),
        largest('aws-api-gateway', 'total'),
      ],
      [
        number('azure-front-door/passthrough.sh', /timeout-seconds (\d+)/),
        largest('azure-front-door', 'first-byte'),
      ],
      [number('azure-app-gateway/passthrough.sh', /--timeout (\d+)/), largest('azure-app-gateway', 'idle')],
      [number('vercel/route.js', /maxDuration = (\d+)/), largest('vercel', 'total')],
      [number('akamai/rule.json', /"value": "(\d+)s"/), largest('akamai', 'idle')],
      [number('fastly/passthrough.vcl', /first_byte_timeout = (\d+)s/), largest('fastly', 'first-byte')],
    ];
    for (const [set, most] of cases) {
      expect(set).toBeGreaterThan(0);
      expect(set).toBeLessThanOrEqual(most);
    }
  });
});

describe('the code for a function', () => {
  const load = async (file: string): Promise<Record<string, unknown>> => import(new URL(file, ROOT).href);

  async function firstTwo(response: Response): Promise<string[]> {
    const reader = (response.body ?? new ReadableStream()).getReader();
    const texts: string[] = [];
    while (texts.length < 2) texts.push(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    return texts;
  }

  it.each([
    ['vercel/route.js', 'GET'],
    ['netlify/stream.mjs', 'default'],
  ])(
    '%s streams: a comment at once, then the event after the last one that the client has',
    async (file, name) => {
      const handler = (await load(file))[name] as (request: Request) => Response;
      const request = new Request('http://127.0.0.1/stream', { headers: { 'Last-Event-ID': '41' } });
      const response = handler(request);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('cache-control')).toContain('no-transform');
      expect(await firstTwo(response)).toEqual([': hello\n\n', 'id: 42\ndata: {}\n\n']);
    },
  );

  it('aws-lambda-url/handler.mjs writes as it goes, and ends before the function is ended', async () => {
    const written: string[] = [];
    let leftMs = 6_500;
    let head: unknown;
    const stream = { write: (text: string) => written.push(text), end: () => written.push('end') };
    const from = (given: unknown, metadata: unknown): unknown => {
      head = metadata;
      return given;
    };
    const runtime = { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: { from } };
    Object.assign(globalThis, { awslambda: runtime });
    const { handler } = (await load('aws-lambda-url/handler.mjs')) as {
      handler: (event: object, stream: object, context: object) => Promise<void>;
    };
    await handler({ headers: { 'last-event-id': '7' } }, stream, {
      getRemainingTimeInMillis: () => {
        leftMs -= 1_000;
        return leftMs;
      },
    });
    expect(head).toMatchObject({ headers: { 'Content-Type': 'text/event-stream' } });
    expect(written).toEqual([': hello\n\n', 'id: 8\ndata: {}\n\n', 'end']);
  });
});
