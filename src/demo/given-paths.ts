import { printable, wrap } from '../report/printable.ts';
import { type DemoOptions, type DemoResult, type DemoRow, judgePaths } from './demo.ts';
import { type DemoPath, PATH_IDS, type PathId } from './stage.ts';

/** Paths that something else has started, a container stand for instance; see docker-compose.yml. */
export type GivenPaths = ReadonlyMap<PathId, string>;

/** Without these there is nothing to compare. */
const NEEDED: readonly PathId[] = ['direct', 'held', 'gateway', 'fixed'];

const TITLES: Record<PathId, string> = {
  direct: 'the origin itself',
  held: 'the hop that holds',
  gateway: 'that hop + gateway',
  fixed: 'the hop with its own fix',
  'newer-default': 'nginx default since 1.29.7',
};

/** Width of what is said before anything is sent, as the summary's. */
const COLUMNS = 78;

/**
 * `PATH=URL` texts → paths.
 * @throws Error with one sentence: an unknown or repeated path, something that is not a URL, or a path that is missing
 */
export function parseGivenPaths(texts: readonly string[]): GivenPaths {
  const paths = new Map<PathId, string>();
  for (const text of texts) {
    const [, name, url = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
    const id = PATH_IDS.find((one) => one === name);
    if (id === undefined)
      throw new Error(`"${text}" names no path, expected PATH=URL with PATH one of ${PATH_IDS.join(', ')}`);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new Error(`"${url}" is not a URL, expected http://… or https://… for ${id}`);
    if (paths.has(id)) throw new Error(`${id} is given twice, expected one URL for each path`);
    paths.set(id, url);
  }
  const missing = NEEDED.filter((id) => !paths.has(id));
  if (missing.length > 0) throw new Error(`no URL for ${missing.join(', ')}, expected ${NEEDED.join(', ')}`);
  return paths;
}

/** What is going to happen: said before anything is sent. */
export function givenAnnouncement(given: GivenPaths): string {
  const list = [...given].map(([id, url]) => `${id} ${url}`).join(', ');
  const requests = given.size * 2 - 1;
  const text = `unclog demo: one stream on ${given.size} given paths, ${requests} requests: ${list}.`;
  return wrap(printable(text, false), COLUMNS).join('\n');
}

/**
 * Probes and compares paths that something else has started; they carry a stream like the demonstration's own.
 * Nothing is started and nothing is stopped.
 */
export async function runGivenDemo(given: GivenPaths, options: DemoOptions = {}): Promise<DemoResult> {
  const paths = PATH_IDS.flatMap((id): DemoPath[] => {
    const url = given.get(id);
    return url === undefined ? [] : [{ id, title: TITLES[id], url }];
  });
  const judged = await judgePaths(paths, options);
  return { source: { kind: 'given', name: nameOf(judged.rows), from: 'given with --against' }, ...judged };
}

/** Titles of paths that gave no answer at all: with one of them missing, nothing is proven either way. */
export function unreachablePaths({ rows }: DemoResult): string[] {
  return rows.filter(({ hop }) => hop.verdict === 'unreachable').map(({ id }) => id);
}

/** What the hop that holds says it is. */
function nameOf(rows: readonly DemoRow[]): string {
  const found = rows.find(({ id }) => id === 'held')?.hop.intermediaries[0];
  if (found === undefined) return 'unknown hop';
  return found.version === null ? found.id : `${found.id}/${found.version}`;
}
