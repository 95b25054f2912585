import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver, Launch } from './drivers/driver.ts';
import { repositoryRoot } from './drivers/driver.ts';
import { type Buffering, STREAMS } from './drivers/pair.ts';

/** What a proxy on node:http shows that writes the response head only with the first byte behind it. */
export const HOLDS_THE_HEAD: Buffering = {
  path: STREAMS.lateFirst,
  verdict: 'held',
  hold: { kind: 'head-only' },
  findings: ['head-held'],
  product: null,
};

/** Where `npm ci --prefix configs` puts the proxies that come from npm. */
function modules(): string {
  return join(repositoryRoot(), 'configs/node_modules');
}

type NodeDriver = Pick<Driver, 'install' | 'isHere' | 'extension' | 'version' | 'frame'>;

/** What the drivers of packages from npm have in common: a configuration is a module of its own. */
export function fromNpm(
  name: string,
  frame: (text: string, launch: Launch) => string = (text) => text,
): NodeDriver {
  const file = join(modules(), name, 'package.json');
  const print = 'console.log(JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8")).version)';
  return {
    install: 'npm ci --ignore-scripts --prefix configs',
    isHere: () => existsSync(file),
    extension: 'mjs',
    version: { command: [process.execPath, '-e', print, file], pattern: /^(\d[\w.-]*)/ },
    frame: async (text, launch) => {
      await symlink(modules(), join(launch.folder, 'node_modules'));
      return frame(text, launch);
    },
  };
}
