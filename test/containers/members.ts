/**
 * The members of the zoo for tests: what docker-compose.yml says of each ({@link ../../scripts/zoo/members.js}), and the
 * image that stands for it here ({@link ../../scripts/zoo/images.js}).
 */
import type { FindingId } from '../../src/types.ts';

export interface Half {
  /** Of the service and the host. */
  name: string;
  kind: 'buffering' | 'passthrough';
  port: number;
  /** Path of the stream on which the buffering half shows what it does. */
  path: string;
  /** The finding that names it. */
  shows: FindingId;
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
  halves: Half[];
}

export interface Missing {
  id: string;
  image: string;
  reason: string;
}

interface Modules {
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

/** How long `docker pull` and `docker build` may take, all together. */
export function pullWithinMs(): number {
  const text = process.env.UNCLOG_PULL_WITHIN ?? '300s';
  const seconds = /^(\d+)s$/.exec(text)?.[1];
  if (seconds === undefined)
    throw new Error(`UNCLOG_PULL_WITHIN: "${text}" is not a number of seconds such as 300s`);
  return Number(seconds) * 1_000;
}
