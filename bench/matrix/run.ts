import { setTimeout as delay } from 'node:timers/promises';
import { bad, type Cell, type Check } from './check.ts';
import type { Column } from './columns.ts';
import type { ColumnResult } from './results.ts';
import { Stage } from './stage.ts';

/** A check bounds its own waits; this ends one that does not. */
const CHECK_WITHIN_MS = 30_000;

/** Runs the checks one after the other against one process of the product; a crash gets a new one. */
export async function runColumn(column: Column, checks: readonly Check[]): Promise<ColumnResult> {
  const cells: Record<string, Cell> = {};
  const stage = await Stage.open(column);
  try {
    for (const check of checks) {
      cells[check.id] = await runCheck(stage, check);
      await stage.clear();
      if (stage.crash() !== null) await stage.start();
    }
  } finally {
    await stage.close();
  }
  const { id, name, version, setup } = column;
  return { id, name, version, setup, cells };
}

async function runCheck(stage: Stage, check: Check): Promise<Cell> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Cell>((resolve) => {
    timer = setTimeout(
      resolve,
      CHECK_WITHIN_MS,
      bad('no result', `not over within ${CHECK_WITHIN_MS / 1_000} s`),
    );
  });
  const failed = (error: Error): Cell => bad('no result', error.message);
  const cell = await Promise.race([check.run(stage).catch(failed), tooLong]);
  clearTimeout(timer);
  if (cell.verdict === 'good') return cell;
  // The exit of a crashed process is known a moment after its connections broke.
  await delay(50);
  const crash = stage.crash();
  return crash === null ? cell : bad('CRASH', crash);
}
