import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../support/drivers/driver.ts';
import { launch, type RunningIntermediary } from '../support/drivers/launch.ts';
import type { Hop, Row } from './row.ts';

/** The hops of a row, running, from the origin outward. */
export interface Stage {
  hops: { name: string; url: string }[];
  close(): Promise<void>;
}

/** Starts a row's hops, one in front of the other; what was started is stopped again when one cannot start. */
export async function openStage(row: Row, origin: string): Promise<Stage> {
  const started: RunningIntermediary[] = [];
  const close = async () => {
    for (const hop of started.splice(0).reverse()) await hop.close();
  };
  try {
    for (const hop of row.hops) started.push(await start(hop, started.at(-1)?.url ?? origin));
  } catch (error) {
    await close();
    throw new Error(`${row.id}: ${(error as Error).message}`);
  }
  return { hops: row.hops.map(({ name }, i) => ({ name, url: started[i]?.url ?? '' })), close };
}

async function start(hop: Hop, upstream: string): Promise<RunningIntermediary> {
  if ('start' in hop) return hop.start(upstream);
  const text = await readFile(join(repositoryRoot(), hop.config), 'utf8');
  return launch(hop.driver, text, upstream);
}
