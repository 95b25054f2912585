import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { OptionProblem } from '../option-error.ts';
import { ALIASES } from './gateway.ts';

/** A configuration file as it was read, and where each of its values stands. */
export interface ConfigFile {
  name: string;
  /** Empty when the file has problems. */
  raw: Record<string, unknown>;
  /** `line:column` of what the path leads to, or of the nearest thing around it. */
  position(path: readonly (string | number)[]): string;
  /** Does the file say anything of this very path? */
  has(path: readonly (string | number)[]): boolean;
  /** Things that make it no mapping of keys at all. */
  problems: OptionProblem[];
}

/** A file with more values than this is none that anybody wrote. */
const MOST_VALUES = 20_000;

/** Mappings whose keys are names, not ours: they stay as they are written. */
const FREE_KEYS: ReadonlySet<string> = new Set(['upstreams', 'headers']);

/**
 * Reads a YAML file.
 * @throws Error when the file cannot be read
 */
export function readConfigFile(name: string): ConfigFile {
  return parseConfig(readFileSync(name, 'utf8'), name);
}

/** Reads the text of a YAML file. Keys may be written in kebab case. */
export function parseConfig(text: string, name: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reader = new Reader(document);
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const broken = document.errors[0];
  let problems: OptionProblem[] = [];
  let raw: Record<string, unknown> = {};
  let brokenAt: number | null = null;
  if (broken !== undefined) {
    brokenAt = broken.pos[0];
    problems = [{ path: [], message: `not valid YAML: ${broken.message}` }];
  } else if (isMap(document.contents)) {
    raw = reader.read(document.contents, []) as Record<string, unknown>;
    problems = reader.problems;
  } else if (document.contents !== null)
    problems = [{ path: [], message: 'expected a mapping of keys to values' }];
  return {
    name,
    raw,
    problems,
    has: (path) => reader.offsets.has(pathKey(path)),
    position: (path) => {
      if (path.length === 0 && brokenAt !== null) return at(brokenAt);
      for (let length = path.length; length > 0; length--) {
        const offset = reader.offsets.get(pathKey(path.slice(0, length)));
        if (offset !== undefined) return at(offset);
      }
      return '1:1';
    },
  };
}

const pathKey = (path: readonly (string | number)[]): string => JSON.stringify(path);

/** Turns nodes into values, and remembers where they stand. */
class Reader {
  readonly problems: OptionProblem[] = [];
  readonly offsets = new Map<string, number>();
  readonly #document: Document;
  #values = 0;

  constructor(document: Document) {
    this.#document = document;
  }

  read(given: unknown, path: readonly (string | number)[]): unknown {
    const node = isAlias(given) ? given.resolve(this.#document) : given;
    if (++this.#values > MOST_VALUES) {
      if (this.#values === MOST_VALUES + 1)
        this.problems.push({ path: [], message: 'the file has too many values' });
      return null;
    }
    if (isSeq(node))
      return node.items.map((item, i) => {
        const inner = [...path, i];
        this.#note(inner, item as Node);
        return this.read(item, inner);
      });
    if (isScalar(node)) return node.value;
    if (!isMap(node)) return null;
    const found: Record<string, unknown> = Object.create(null);
    const isFree = FREE_KEYS.has(String(path.at(-1)));
    for (const pair of node.items) {
      const written = isScalar(pair.key) ? String(pair.key.value) : '';
      const key = isFree ? written : ourKey(written, path.length === 0);
      const inner = [...path, key];
      if (key in found) {
        this.problems.push({ path: inner, message: `"${written}" is given twice` });
        this.#note(inner, pair.key as Node);
        continue;
      }
      this.#note(inner, pair.key as Node);
      // What copies an object would take it for more than a key.
      if (key === '__proto__') {
        this.problems.push({ path: inner, message: 'is not known here' });
        continue;
      }
      found[key] = this.read(pair.value, inner);
    }
    return found;
  }

  #note(path: readonly (string | number)[], node: Node | null): void {
    const offset = node?.range?.[0];
    if (offset !== undefined) this.offsets.set(pathKey(path), offset);
  }
}

/** `stream-path` → `streamPaths` */
function ourKey(written: string, isTop: boolean): string {
  const camel = written.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return isTop ? (ALIASES.get(camel) ?? camel) : camel;
}
