import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type ClientCertificate, isCredential, type ProbeTarget } from '../probe/targets.ts';
import type { HeaderList } from '../types.ts';
import { UsageError } from './usage-error.ts';

/** `[NAME=]URL` arguments → targets, named after their host where no name is given. */
export function parseTargets(texts: string[]): ProbeTarget[] {
  return withUniqueNames(texts.map(parseTarget));
}

function parseTarget(text: string): ProbeTarget {
  const named = /^([\p{L}\p{N}_.-]{1,40})=(.*)$/u.exec(text);
  const url = named?.[2] ?? text;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    const guess = `http://${url}`;
    const hint = !url.includes('://') && URL.canParse(guess) ? `; did you mean ${guess}?` : '';
    throw new UsageError(`"${text}" is not a URL to probe, expected [NAME=]http://… or https://…${hint}`);
  }
  return { name: named?.[1] ?? parsed.host, url: parsed.href };
}

function withUniqueNames(targets: ProbeTarget[]): ProbeTarget[] {
  const used = new Map<string, number>();
  return targets.map((target) => {
    const count = (used.get(target.name) ?? 0) + 1;
    used.set(target.name, count);
    return count === 1 ? target : { ...target, name: `${target.name}-${count}` };
  });
}

/** `Name: value` as curl's `-H` takes it. */
export function parseHeader(flag: string, text: string): [name: string, value: string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/s.exec(text);
  if (match === null) throw new UsageError(`${flag}: "${text}" is not a header, expected 'Name: value'`);
  const value = match[2] ?? '';
  if (/[\r\n\0]/.test(value)) throw new UsageError(`${flag}: the value of ${match[1]} contains a line break`);
  return [match[1] ?? '', value];
}

/**
 * Gives every target the fields of the command line; those that carry a secret, and a client certificate, only to URLs on
 * the host of the first URL, since a farther hop may belong to somebody else.
 *
 * @returns the targets, and the names of those that went without a secret
 */
export function addHeaders(
  targets: ProbeTarget[],
  headers: HeaderList,
  certificate: ClientCertificate | null = null,
): { targets: ProbeTarget[]; without: string[] } {
  const firstHost = targets[0] === undefined ? '' : new URL(targets[0].url).hostname;
  const hasSecret = certificate !== null || headers.some(([name]) => isCredential(name));
  const without: string[] = [];
  const complete = targets.map((target) => {
    const trusted = new URL(target.url).hostname === firstHost;
    if (!trusted && hasSecret) without.push(target.name);
    const given = trusted ? headers : headers.filter(([name]) => !isCredential(name));
    return {
      ...target,
      headers: [...given, ...(target.headers ?? [])],
      ...(trusted && certificate !== null ? { certificate } : {}),
    };
  });
  return { targets: complete, without };
}

/** Appends a query to each URL, as curl's `-G` does. */
export function addQuery(targets: ProbeTarget[], query: string): ProbeTarget[] {
  return targets.map((target) => {
    const url = new URL(target.url);
    url.search = url.search === '' ? `?${query}` : `${url.search}&${query}`;
    return { ...target, url: url.href };
  });
}

const HOP = z.strictObject({
  name: z.string().min(1).max(40).optional(),
  url: z.string(),
  host: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
});
const HOPS_FILE = z.union([z.strictObject({ hops: z.array(HOP).min(1) }), z.array(HOP).min(1)]);

/** Reads `--hops FILE`: YAML, a list of hops (or `hops:` with one), each with `url` and optionally name, host, headers. */
export function readHopsFile(path: string): ProbeTarget[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--hops: cannot read ${path}: ${(error as Error).message}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined)
    throw new UsageError(`${path} line ${lines.linePos(broken.pos[0]).line}: ${broken.message}`);
  const parsed = HOPS_FILE.safeParse(document.toJS());
  if (!parsed.success) {
    throw new UsageError(
      `${path}: ${z.prettifyError(parsed.error).replace(/\s*\n\s*/g, ' ')}; expected a list of hops with url and optionally name, host and headers`,
    );
  }
  const hops = Array.isArray(parsed.data) ? parsed.data : parsed.data.hops;
  const list = isMap(document.contents) ? document.contents.get('hops') : document.contents;
  return withUniqueNames(
    hops.map((hop, i) => {
      const node = isSeq(list) ? list.items[i] : undefined;
      const offset = (isMap(node) || isScalar(node) ? node.range?.[0] : undefined) ?? 0;
      const where = `${path} line ${lines.linePos(offset).line}`;
      const target = parseHop(where, hop.url);
      const headers: HeaderList = Object.entries(hop.headers ?? {}).map(([name, value]) =>
        parseHeader(where, `${name}: ${value}`),
      );
      if (hop.host !== undefined) headers.unshift(['Host', hop.host]);
      return { ...target, ...(hop.name === undefined ? {} : { name: hop.name }), headers };
    }),
  );
}

function parseHop(where: string, url: string): ProbeTarget {
  try {
    return parseTarget(url);
  } catch (error) {
    throw new UsageError(`${where}: ${(error as Error).message}`);
  }
}
