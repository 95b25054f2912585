import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Driver, repositoryRoot } from '../drivers/driver.ts';
import { DRIVERS, type DriverId } from '../drivers/index.ts';
import { launch, type RunningIntermediary } from '../drivers/launch.ts';
import type { Edit, Pair, Stand } from '../drivers/pair.ts';
import { hasTool, type ToolName } from '../tools.ts';

export type Kind = 'buffering' | 'passthrough';

/** One pair of a product's configurations. */
export interface ProductPair extends Pair {
  product: DriverId;
  /** Whether everything that it takes is on this machine. */
  usable: boolean;
}

/** The pairs of all products that can be started. */
export function allPairs(): ProductPair[] {
  return (Object.keys(DRIVERS) as DriverId[]).flatMap((product) =>
    DRIVERS[product].pairs.map((pair) => ({
      ...pair,
      product,
      usable: neededBy(product, pair).every(hasTool),
    })),
  );
}

function neededBy(product: DriverId, { behind, inFront, needs = [] }: Pair): ToolName[] {
  const beside = [behind, inFront].flatMap((stand) =>
    stand === undefined || typeof stand === 'function' ? [] : [stand.product],
  );
  return [product, ...beside, ...needs];
}

/** Path of one file of a pair from the repository's root, e.g. `configs/haproxy/buffering.cfg`. */
export function pathOf(pair: ProductPair, kind: Kind): string {
  const ending = pair.name === '' ? '' : `-${pair.name}`;
  const usual = `${kind}${ending}.${DRIVERS[pair.product].extension}`;
  return `configs/${pair.product}/${pair[kind]?.file ?? usual}`;
}

/** Paths of all configurations below `configs/` that a test runs. */
export function filesRun(): string[] {
  const own = (Object.keys(DRIVERS) as DriverId[]).flatMap((id) => {
    const driver: Driver = DRIVERS[id];
    return (driver.own?.files ?? []).map((file) => `configs/${id}/${file}`);
  });
  const shown = allPairs().flatMap((pair) =>
    (['buffering', 'passthrough'] as const).flatMap((kind) =>
      pair[kind] === null ? [] : [pathOf(pair, kind)],
    ),
  );
  return [...new Set([...shown, ...own])].sort();
}

/** The text of a file of this repository. */
export async function readText(path: string): Promise<string> {
  return readFile(join(repositoryRoot(), path), 'utf8');
}

/** One half of a pair, running: the product and all that stands around it. */
export interface RunningHalf {
  /** What clients ask, without a trailing slash. */
  url: string;
  /** The text it runs with. */
  text: string;
  close(): Promise<void>;
}

/** Starts one half of a pair before an origin; what was started is stopped again when something cannot start. */
export async function startHalf(
  pair: ProductPair,
  kind: Kind,
  origin: string,
  edit?: Edit,
): Promise<RunningHalf> {
  const shipped = await readText(pathOf(pair, kind));
  const text = (edit ?? pair[kind]?.edit)?.(shipped) ?? shipped;
  const started: RunningIntermediary[] = [];
  const close = async () => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  const outermost = () => started.at(-1)?.url ?? origin;
  try {
    if (pair.behind !== undefined) started.push(await startStand(pair.behind, outermost()));
    started.push(await launch(pair.product, text, outermost()));
    if (pair.inFront !== undefined) started.push(await startStand(pair.inFront, outermost()));
  } catch (error) {
    await close();
    throw error;
  }
  return { url: outermost(), text, close };
}

async function startStand(stand: Stand, upstream: string): Promise<RunningIntermediary> {
  if (typeof stand === 'function') return stand(upstream);
  return launch(stand.product, await readText(stand.config), upstream);
}
