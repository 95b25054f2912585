import { once } from 'node:events';
import { request } from 'node:http';
import type { GatewayOptions } from '../../../src/gateway/gateway.ts';
import type { GatewayUnderTest } from './start-gateway.ts';

/** Turns the admin server on, on a port that the system picks. */
export const WITH_ADMIN: Partial<GatewayOptions> = { admin: { host: '127.0.0.1', port: 0 } };

export interface AdminPage {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** One request to the admin server, on a connection of its own. */
export async function ask(gateway: GatewayUnderTest, path: string, method = 'GET'): Promise<AdminPage> {
  const { adminUrl } = gateway.running;
  if (adminUrl === null) throw new Error('this gateway has no admin server');
  const outgoing = request(adminUrl + path, { method, agent: false });
  outgoing.end();
  const [res] = await once(outgoing, 'response');
  let text = '';
  for await (const piece of res.setEncoding('utf8')) text += piece;
  return { status: res.statusCode, headers: res.headers, text };
}

/** Values by series, `name{labels}` as in the text. */
export type Scrape = Map<string, number>;

export async function scrape(gateway: GatewayUnderTest): Promise<Scrape> {
  return parseMetrics((await ask(gateway, '/metrics')).text).series;
}

/** Series of the gateway whose value changed, with by how much; buckets and sums, which hold times, left out. */
export function changes(before: Scrape, after: Scrape): Record<string, number> {
  const changed: Record<string, number> = {};
  for (const [series, value] of after) {
    if (!series.startsWith('unclog_') || /_(?:bucket|sum)(?:\{|$)/.test(series)) continue;
    const delta = value - (before.get(series) ?? Number.NaN);
    if (delta !== 0) changed[series.replace(/^unclog_/, '')] = delta;
  }
  return changed;
}

export interface MetricFamily {
  name: string;
  type: string;
  help: string;
  labels: Set<string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);

/** Reads the text format, version 0.0.4, and throws on anything that is not in it. */
export function parseMetrics(text: string): { series: Scrape; families: Map<string, MetricFamily> } {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, MetricFamily>();
  const series: Scrape = new Map();
  let help: [string, string] | null = null;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line);
    if (comment?.[1] === 'HELP') {
      help = [comment[2] as string, comment[3] as string];
    } else if (comment !== null) {
      const [, , name = '', type = ''] = comment;
      if (help?.[0] !== name || families.has(name)) throw new Error(`TYPE without HELP, or twice: ${line}`);
      if (!/^(?:counter|gauge|histogram)$/.test(type)) throw new Error(`no type: ${line}`);
      families.set(name, { name, type, help: help[1], labels: new Set() });
    } else {
      readSample(line, families, series);
    }
  }
  return { series, families };
}

function readSample(line: string, families: Map<string, MetricFamily>, series: Scrape): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  const base = families.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
  const family = families.get(base);
  if (family === undefined || (base !== name) !== (family.type === 'histogram'))
    throw new Error(`a sample of no family: ${line}`);
  // Go's ParseFloat, which the format refers to, takes NaN in any case.
  if (!/^(?:[Nn]a[Nn]|[+-]?Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(value))
    throw new Error(`no number: ${line}`);
  const key = line.slice(0, line.lastIndexOf(' '));
  if (series.has(key)) throw new Error(`twice: ${line}`);
  for (const label of labels.matchAll(/([a-zA-Z_]\w*)="/g)) family.labels.add(label[1] as string);
  series.set(key, Number(value.replace('Inf', 'Infinity')));
}
