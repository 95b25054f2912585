import { DRIVERS, type DriverId } from './drivers/index.ts';
import { installedVersion } from './drivers/launch.ts';
import { absentTools, TOOLS } from './tools.ts';

/**
 * Prints, once, which products the tests run on and what this machine lacks, so that tests are skipped; with
 * UNCLOG_REQUIRE=all that fails the run.
 */
export default async function setup(): Promise<void> {
  process.stderr.write(`\nproducts here: ${(await productsHere()).join(', ')}\n`);
  const absent = absentTools();
  if (absent.length === 0) return;
  const lines = absent.map((name) => `  ${name}: ${TOOLS[name].skips} (${TOOLS[name].install})`);
  const list = `not on this machine, so these tests are skipped:\n${lines.join('\n')}\n`;
  process.stderr.write(`\n${list}`);
  if (process.env.UNCLOG_REQUIRE === 'all') throw new Error(`UNCLOG_REQUIRE=all, but ${list}`);
}

async function productsHere(): Promise<string[]> {
  const ids = Object.keys(DRIVERS) as DriverId[];
  const versions = await Promise.all(ids.map(installedVersion));
  return ids.flatMap((id, i) => (versions[i] === null ? [] : [`${DRIVERS[id].name} ${versions[i]}`]));
}
