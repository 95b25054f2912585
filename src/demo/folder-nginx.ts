import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HopOptions, RunningHop } from './hop.ts';
import { type ConfName, confFor } from './nginx-conf.ts';
import { onPort } from './watched-nginx.ts';

/** An nginx that `nginx/run-folder.sh` runs, in a container that shares a folder and the network with this one. */
export interface FolderNginx {
  folder: string;
  /** As `nginx -v` says it, e.g. `nginx/1.28.0`. */
  name: string;
}

/** Nobody runs an nginx for the folder, or it did not do what its files ask for. */
export class FolderNginxError extends Error {
  override readonly name = 'FolderNginxError';
}

const READY_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

/**
 * Waits until somebody runs nginx for the folder.
 * @throws FolderNginxError
 */
export async function findFolderNginx(folder: string): Promise<FolderNginx> {
  if (!(await exists(folder))) throw new FolderNginxError(`there is no folder ${folder}`);
  const said = await waitFor(() => read(join(folder, 'version')));
  const name = /nginx version: (\S+)/.exec(said ?? '')?.[1];
  if (name === undefined)
    throw new FolderNginxError(`nobody runs nginx for ${folder}; expected nginx/run-folder.sh ${folder}`);
  return { folder, name };
}

/**
 * Has nginx started with one of the files in `nginx/`.
 * @throws FolderNginxError with what nginx said when it does not start
 */
export async function startFolderNginx(
  { folder }: FolderNginx,
  name: ConfName,
  upstream: string,
  { host = '127.0.0.1', port: wantedPort, directives }: HopOptions = {},
): Promise<RunningHop> {
  return onPort(wantedPort, async (port) => {
    const id = `${name}-${port}-${randomUUID().slice(0, 8)}`;
    const file = (kind: string) => join(folder, `${id}.${kind}`);
    const text = await confFor(
      name,
      { listen: `${host}:${port}`, upstream, folder: `/tmp/${id}` },
      directives,
    );
    await writeFile(file('new'), text);
    await rename(file('new'), file('conf'));
    const close = async () => {
      await rm(file('conf'), { force: true });
      await waitFor(async () => ((await exists(file('running'))) ? null : true));
    };
    const outcome = await waitFor(async () => {
      const failed = await read(file('failed'));
      return failed ?? ((await exists(file('running'))) ? '' : null);
    });
    if (outcome !== '') {
      await close();
      throw new FolderNginxError(
        `nginx did not start: ${outcome?.trim() ?? `${folder} is not watched any more`}`,
      );
    }
    return { url: `http://127.0.0.1:${port}`, conf: await readFile(file('conf'), 'utf8'), close };
  });
}

/** Asks again and again until there is an answer; null when there is none in the time. */
async function waitFor<T>(ask: () => Promise<T | null>): Promise<T | null> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null || performance.now() > untilMs) return answer;
    await sleep(LOOK_EVERY_MS);
  }
}

const read = (path: string) => readFile(path, 'utf8').catch(() => null);
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
