import { readFile } from 'node:fs/promises';

/** The configurations in `nginx/`; the compose demonstration mounts the very same files. */
export const CONF_NAMES = ['buffered', 'passthrough', 'newer-default'] as const;
export type ConfName = (typeof CONF_NAMES)[number];

/** What a configuration file is moved to when it leaves its container. */
export interface ConfPlace {
  /** `HOST:PORT` to listen on. */
  listen: string;
  /** Base URL of the upstream, without a trailing slash. */
  upstream: string;
  /** Folder for the pid file and the temporary files, without a trailing slash. */
  folder: string;
}

/** The text of `nginx/NAME.conf` as shipped. */
export async function readConf(name: ConfName): Promise<string> {
  return readFile(new URL(`../../nginx/${name}.conf`, import.meta.url), 'utf8');
}

/**
 * Moves a configuration of `nginx/` to another place: the address after `listen`, the address after
 * `proxy_pass` and the folder `/tmp` change, nothing else.
 * @throws Error when the text lacks one of the three: then the file and this function have drifted apart.
 */
export function placeConf(text: string, place: ConfPlace): string {
  const edits: [what: string, pattern: RegExp, replacement: string][] = [
    ['listen', /^(\s*listen) \d+;$/gm, `$1 ${place.listen};`],
    ['proxy_pass', /^(\s*proxy_pass) http:\/\/[\w.-]+:\d+;$/gm, `$1 ${place.upstream};`],
    ['/tmp', /^(\s*(?:pid|\w+_temp_path)) \/tmp\//gm, `$1 ${place.folder}/`],
  ];
  return edits.reduce((conf, [what, pattern, replacement]) => {
    if (conf.search(pattern) === -1) throw new Error(`the nginx configuration has no line with "${what}"`);
    return conf.replace(pattern, replacement);
  }, text);
}

/** Directives to give another value, by name: `{ proxy_buffering: 'off' }`. */
export type Directives = Readonly<Record<string, string>>;

/**
 * Gives directives that a configuration has exactly once another value; every other line stays as it is.
 * @throws Error when the text has a directive not once
 */
export function changeConf(text: string, directives: Directives): string {
  return Object.entries(directives).reduce((conf, [name, value]) => {
    const lines = new RegExp(`^(\\s*${name}) [^;\\n]*;$`, 'gm');
    const found = conf.match(lines)?.length ?? 0;
    if (found !== 1) throw new Error(`the nginx configuration has "${name}" ${found} times, expected once`);
    return conf.replace(lines, `$1 ${value};`);
  }, text);
}

/** The text of `nginx/NAME.conf` at another place, with other values for some directives. */
export async function confFor(
  name: ConfName,
  place: ConfPlace,
  directives: Directives = {},
): Promise<string> {
  return placeConf(changeConf(await readConf(name), directives), place);
}
