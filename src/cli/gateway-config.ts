import { checkConfig } from '../gateway/config/check-config.ts';
import { ALIASES, type CheckedConfig } from '../gateway/config/gateway.ts';
import { printConfig } from '../gateway/config/print-config.ts';
import { type ConfigFile, readConfigFile } from '../gateway/config/read-file.ts';
import { GatewayOptionError, type OptionProblem, sentenceOf, writePath } from '../gateway/option-error.ts';
import { resolveOptions } from '../gateway/resolve-options.ts';
import { whyUnreadable } from '../unreadable.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { GivenOption } from './option-sources.ts';
import { UsageError } from './usage-error.ts';

/** A configuration that can be used. */
export interface GatewayConfig extends CheckedConfig {
  /** It, as a YAML file, each value with where it came from. */
  print(): string;
  /** The file that is to be watched, or null. */
  watchedFile: string | null;
}

type Path = readonly (string | number)[];

/**
 * Merges flags, variables and the file that `config` names (flag beats environment beats file) and checks the whole.
 * @throws UsageError when the file cannot be read
 * @throws ConfigError that names everything that is wrong
 */
export function loadGatewayConfig(given: ReadonlyMap<string, GivenOption>): GatewayConfig {
  const file = readFile(given.get('config'));
  const raw: Record<string, unknown> = { ...file?.raw };
  const sources = new Map<string, string>();
  const named = [...given].map(([name, option]) => ({ camel: camelOf(name), ...option }));
  // The singular counts where both are given.
  named.sort((a, b) => Number(ALIASES.has(a.camel)) - Number(ALIASES.has(b.camel)));
  for (const { camel, value, source } of named) {
    if (camel === 'config') continue;
    const key = ALIASES.get(camel) ?? camel;
    raw[key] = value;
    sources.set(key, source);
  }
  // One address from a flag takes the place of the file's list.
  if (sources.has('listen')) delete raw.listeners;
  const tell = (problem: OptionProblem): ConfigProblem => describe(problem, sources, file);
  const refuse = (problems: readonly OptionProblem[]): never => {
    throw new ConfigError(inOrder(problems, file).map(tell));
  };
  const { config, problems } = checkConfig(raw);
  const all = [...(file?.problems ?? []), ...(problems ?? [])];
  if (config === null || all.length > 0) return refuse(all);
  try {
    resolveOptions(config.options);
  } catch (error) {
    if (error instanceof GatewayOptionError) refuse(error.problems);
    throw error;
  }
  const watchedFile = config.watch ? (file?.name ?? null) : null;
  if (config.watch && watchedFile === null)
    refuse([{ path: ['watch'], message: 'there is no file to watch, expected --config FILE' }]);
  return { ...config, watchedFile, print: () => printConfig(raw, (path) => sourceOf(path, sources, file)) };
}

/** As the file has them, from top to bottom; what it does not have comes first. */
function inOrder(problems: readonly OptionProblem[], file: ConfigFile | null): OptionProblem[] {
  const place = ({ path }: OptionProblem): number => {
    const [line = 0, column = 0] = file?.position(path).split(':').map(Number) ?? [];
    return line * 10_000 + column;
  };
  return [...problems].sort((a, b) => place(a) - place(b));
}

function readFile(config: GivenOption | undefined): ConfigFile | null {
  if (config === undefined) return null;
  const name = String(config.value);
  try {
    return readConfigFile(name);
  } catch (error) {
    throw new UsageError(`${config.source}: cannot read ${name}: ${whyUnreadable(error)}`);
  }
}

function sourceOf(path: Path, sources: ReadonlyMap<string, string>, file: ConfigFile | null): string | null {
  const source = sources.get(String(path[0]));
  if (source !== undefined) return source;
  return file?.has(path) ? `${file.name}:${file.position(path).split(':')[0]}` : null;
}

function describe(
  { path, message }: OptionProblem,
  sources: ReadonlyMap<string, string>,
  file: ConfigFile | null,
): ConfigProblem {
  const source = sources.get(String(path[0]));
  if (source !== undefined) return { line: sentenceOf(source, message), isPlaced: false };
  if (file === null) return { line: sentenceOf(flagOf(path), message), isPlaced: false };
  const at = `${file.name}:${file.position(path)}`;
  const line = path.length === 0 ? message : sentenceOf(writePath(path), message);
  return { line: `${at}: ${line}`, isPlaced: true };
}

const camelOf = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const flagOf = (path: Path): string =>
  `--${String(path[0] ?? 'config').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
