/**
 * The members of the zoo for tests: what docker-compose.yml says of each ({@link ../../scripts/zoo/members.js}), and the
 * image that stands for it here ({@link ../../scripts/zoo/images.js}).
 */
import type { FindingId, Report } from '../../src/types.ts';

export interface Half {
  /** Of the service and the host. */
  name: string;
  kind: 'buffering' | 'passthrough';
  port: number;
  /** Path of the stream on which the buffering half shows what it does. */
  path: string;
  /** The finding that names it; null where no setting is known that holds a stream. */
  shows: FindingId | null;
  service: {
    command?: string[];
    entrypoint?: string[];
    environment?: Record<string, string>;
    user: string;
    cap_add?: string[];
    working_dir?: string;
  };
}

export interface Member {
  id: string;
  image: string;
  /** Puts another image in its place. */
  variable: string;
  /** Debian's, where the image is built from it. */
  package: string | null;
  halves: Half[];
}

export interface Missing {
  id: string;
  image: string;
  reason: string;
}

/** A line of the zoo's table. */
export interface Row {
  product: string;
  version: string;
  kind: Half['kind'];
  verdict: string;
  findings: string[];
  hold: string | null;
  holdMs: number | null;
  /** The hold was measured from below only. */
  atLeast: boolean;
  fix: string | null;
  /** It did what it is here to show. */
  asMeant: boolean;
  /** Why there is nothing to show. */
  note: string | null;
}

interface Modules {
  rowOf(member: Pick<Half, 'kind' | 'shows'> & { product: string; version: string }, report: Report): Row;
  textTable(rows: Row[]): string;
  markdownTable(rows: Row[]): string;
  readMembers(): Member[];
  findImages(
    members: Member[],
    options: { withinMs: number; note?: (line: string) => void },
  ): Promise<{ found: Map<string, string>; missing: Missing[] }>;
  missingLines(missing: Missing[]): string[];
  placeConfig(product: string, text: string): string;
}

/** The scripts have no types of their own: they run as they are, in containers too. */
const load = async (name: string): Promise<Modules> =>
  (await import(new URL(`../../scripts/zoo/${name}.js`, import.meta.url).href)) as Modules;

export const { readMembers } = await load('members');
export const { findImages, missingLines } = await load('images');
export const { placeConfig } = await load('configs');
export const { rowOf, textTable, markdownTable } = await load('table');

/** How long `docker pull` and `docker build` may take, all together. */
export function pullWithinMs(): number {
  const text = process.env.UNCLOG_PULL_WITHIN ?? '300s';
  const seconds = /^(\d+)s$/.exec(text)?.[1];
  if (seconds === undefined)
    throw new Error(`UNCLOG_PULL_WITHIN: "${text}" is not a number of seconds such as 300s`);
  return Number(seconds) * 1_000;
}
