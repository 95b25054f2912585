import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { whyUnreadable } from '../unreadable.ts';
import { UsageError } from './usage-error.ts';

/** What a server option holds: one text, on or off, or several texts. */
type OptionKind = 'text' | 'switch' | 'list';

/** Option names in kebab case (as the flag, without `--`) and what each holds. */
export type OptionKinds = Readonly<Record<string, OptionKind>>;

/** One option as it was given, and where: `--interval`, `UNCLOG_INTERVAL` or `origin.yaml:3:1`. */
export interface GivenOption {
  value: string | boolean | string[];
  source: string;
}

/** Where options come from. */
export interface OptionInputs {
  kinds: OptionKinds;
  /** What yargs parsed. Declare the options there without defaults: `undefined` is how "not given" is told. */
  argv: Readonly<Record<string, unknown>>;
  /** Beginnings of environment names, the most telling first, e.g. `['UNCLOG_ORIGIN_', 'UNCLOG_']`. */
  envPrefixes: readonly string[];
  /** Default: the process's own. */
  env?: NodeJS.ProcessEnv;
}

/** Merged options: flag beats environment beats file. `undefined` everywhere means: not given. */
export interface Options {
  given(name: string): GivenOption | undefined;
  /** The option's text, parsed; `parse` gets the source first, as the functions in units.ts take it. */
  read<T>(name: string, parse: (source: string, text: string) => T): T | undefined;
  /** Each text of a list, parsed. */
  readList<T>(name: string, parse: (source: string, text: string) => T): T[] | undefined;
  isOn(name: string): boolean | undefined;
}

/**
 * Merges flags, environment and the YAML file that `--config` (or the environment's `…CONFIG`) names.
 * The file is one flat mapping; its keys are the flags' names, in kebab or camel case.
 * @throws UsageError naming the file and line, or the variable, that cannot be understood.
 */
export function gatherOptions(inputs: OptionInputs): Options {
  const [fromFlags, fromEnv] = [readFlags(inputs), readEnvironment(inputs)];
  const config = fromFlags.get('config') ?? fromEnv.get('config');
  const fromFile = config === undefined ? new Map() : readFile(inputs.kinds, config);
  const all = new Map<string, GivenOption>([...fromFile, ...fromEnv, ...fromFlags]);
  return {
    given: (name) => all.get(name),
    read(name, parse) {
      const option = all.get(name);
      return option === undefined ? undefined : parse(option.source, String(option.value));
    },
    readList(name, parse) {
      const option = all.get(name);
      return option === undefined
        ? undefined
        : [option.value].flat().map((text) => parse(option.source, String(text)));
    },
    isOn(name) {
      const option = all.get(name);
      return option === undefined ? undefined : option.value === true;
    },
  };
}

/**
 * Flags and environment alone, for a command whose file is more than a flat mapping; `config` is among them.
 * @throws UsageError naming the flag or the variable that cannot be understood.
 */
export function gatherGiven(inputs: OptionInputs): Map<string, GivenOption> {
  return new Map([...readEnvironment(inputs), ...readFlags(inputs)]);
}

/** Lists accepted words in a message: `a, b or c`. Used by parsers of options with a few fixed values. */
export function parseChoice<T extends string>(choices: readonly T[]): (source: string, text: string) => T {
  return (source, text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      const list = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
      throw new UsageError(`${source}: "${text}" is not known here, expected ${list}`);
    }
    return found;
  };
}

function readFlags({ kinds, argv }: OptionInputs): Map<string, GivenOption> {
  const found = new Map<string, GivenOption>();
  for (const [name, kind] of withConfig(kinds)) {
    const value = argv[name];
    if (value === undefined) continue;
    const source = `--${name}`;
    if (kind === 'list') found.set(name, { source, value: [value].flat().map(String) });
    else if (kind === 'switch')
      found.set(name, { source, value: Array.isArray(value) ? value.at(-1) : value });
    else if (Array.isArray(value))
      throw new UsageError(`${source} was given ${value.length} times, expected once`);
    else if (value === '') throw new UsageError(`${source} has no value`);
    else found.set(name, { source, value: String(value) });
  }
  return found;
}

function readEnvironment({ kinds, env = process.env, envPrefixes }: OptionInputs): Map<string, GivenOption> {
  // Only names that are options are looked at: Kubernetes puts UNCLOG_ORIGIN_PORT and the like into every
  // container next to a service called unclog-origin, so an unknown name proves no mistake.
  const found = new Map<string, GivenOption>();
  for (const [name, kind] of withConfig(kinds)) {
    for (const prefix of envPrefixes) {
      const source = prefix + name.replaceAll('-', '_').toUpperCase();
      const text = env[source];
      if (text === undefined || text === '') continue;
      found.set(name, { source, value: fromText(kind, source, text) });
      break;
    }
  }
  return found;
}

function fromText(kind: OptionKind, source: string, text: string): GivenOption['value'] {
  if (kind === 'text') return text;
  if (kind === 'list') {
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  const word = text.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new UsageError(`${source}: "${text}" is neither on nor off, expected true or false`);
}

function readFile(kinds: OptionKinds, config: GivenOption): Map<string, GivenOption> {
  const path = String(config.value);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${config.source}: cannot read ${path}: ${whyUnreadable(error)}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${path}:${line}:${col}`;
  };
  const problem = document.errors[0];
  if (problem !== undefined)
    throw new UsageError(`${at(problem.pos[0])}: not valid YAML: ${problem.message}`);
  if (document.contents === null) return new Map();
  if (!isMap(document.contents)) {
    throw new UsageError(`${path}:1:1: expected a mapping of option names to values`);
  }
  return readMapping(kinds, document.contents as YAMLMap, at);
}

function readMapping(
  kinds: OptionKinds,
  mapping: YAMLMap,
  at: (offset: number | undefined) => string,
): Map<string, GivenOption> {
  const found = new Map<string, GivenOption>();
  for (const pair of mapping.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const source = at(isScalar(pair.key) ? pair.key.range?.[0] : undefined);
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const known = Object.keys(kinds).sort().join(', ');
      throw new UsageError(`${source}: "${key}" is not an option, expected one of ${known}`);
    }
    if (found.has(name)) throw new UsageError(`${source}: "${key}" is given twice`);
    found.set(name, { source: `${source}: ${key}`, value: fromYaml(kind, `${source}: ${key}`, pair) });
  }
  return found;
}

function fromYaml(kind: OptionKind, source: string, pair: Pair): GivenOption['value'] {
  const node = pair.value;
  if (isScalar(node) && node.value !== null) {
    if (kind === 'switch') {
      if (typeof node.value === 'boolean') return node.value;
      return fromText(kind, source, String(node.value));
    }
    // The text as written: `1e3` or `0x10` are numbers to YAML, but not what a flag would take.
    const text = node.source ?? String(node.value);
    return kind === 'list' ? [text] : text;
  }
  if (kind === 'list' && isSeq(node) && node.items.every((item) => isScalar(item) && item.value !== null)) {
    return node.items.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : ''));
  }
  const wanted = { text: 'one value', switch: 'true or false', list: 'a list of values' }[kind];
  throw new UsageError(`${source}: expected ${wanted}`);
}

function withConfig(kinds: OptionKinds): [string, OptionKind][] {
  return Object.entries({ ...kinds, config: 'text' as const });
}
