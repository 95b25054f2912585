import { DEFAULT_IMAGE, findDockerNginx, startDockerNginx } from './docker-nginx.ts';
import { findFolderNginx, startFolderNginx } from './folder-nginx.ts';
import { startHoldingHop } from './holding-hop.ts';
import type { HopSource } from './hop.ts';
import { findNginx, startNginx } from './nginx.ts';

/** What to take the hop from. */
export interface HopSourceOptions {
  /** Use this nginx and no other. Default: PATH, the usual folders, Docker, then the simulation. */
  nginx?: string;
  /** Use the simulated hop, whatever else there is. Default false. */
  simulate?: boolean;
  /** A folder shared with an nginx that somebody else runs: {@link findFolderNginx}. */
  folder?: string;
  /** Container image to look for. Default `nginx:1.28`. */
  image?: string;
}

/** The file named with `--nginx` is no usable nginx. */
export class NoNginxError extends Error {
  override readonly name = 'NoNginxError';
}

/**
 * Finds the most real hop there is: nginx on this machine, else an nginx image in a container engine, else the
 * simulation.
 * @throws NoNginxError when `nginx` was given and is no nginx; FolderNginxError when nobody runs one for `folder`
 */
export async function findHopSource(options: HopSourceOptions = {}): Promise<HopSource> {
  const simulated: HopSource = {
    kind: 'simulated',
    name: 'simulated hop',
    from: "by nginx's rules",
    start: startHoldingHop,
  };
  if (options.simulate === true) return simulated;
  if (options.folder !== undefined) {
    const nginx = await findFolderNginx(options.folder);
    return {
      kind: 'folder',
      name: nginx.name,
      from: options.folder,
      start: (...args) => startFolderNginx(nginx, ...args),
    };
  }
  const binary = await findNginx(options.nginx);
  if (binary !== null) {
    return {
      kind: 'nginx',
      name: binary.name,
      from: binary.path,
      start: (...args) => startNginx(binary, ...args),
    };
  }
  if (options.nginx !== undefined)
    throw new NoNginxError(`${options.nginx} is not an nginx that can be run here`);
  const docker = await findDockerNginx(options.image ?? DEFAULT_IMAGE);
  if (docker === null) return simulated;
  return {
    kind: 'docker',
    name: docker.name,
    from: `image ${docker.image}`,
    start: (...args) => startDockerNginx(docker, ...args),
  };
}
