import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pair } from './pair.ts';

/** A real intermediary for a test. */
export interface RunningIntermediary {
  /** Base URL without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** Where a configuration lies once it is moved away from the ports and folders that it names. */
export interface Launch {
  /** The configuration's new place. */
  file: string;
  /** A fresh folder, with the subfolders `home` and `cache`; anybody may write into `cache`. */
  folder: string;
  /** Port on 127.0.0.1 to listen on. */
  port: number;
  /** Port on 127.0.0.1 to forward to. */
  upstreamPort: number;
}

/**
 * One product that can be put between an origin and a client: all that differs between products. What it takes to find,
 * start and stop a program is in {@link ./launch.ts}. A configuration file listens on 127.0.0.1:8081 or 8082 and forwards
 * to 127.0.0.1:8000; both are replaced by free ports.
 */
export interface Driver {
  /** As people write it. */
  name: string;
  /** What installs it, for the list of what is absent. */
  install: string;
  /** File name's ending of a configuration, without the dot. */
  extension: string;
  /** Whether it is on this machine. Default: the command that prints its version is. */
  isHere?(): boolean;
  /** False where the port to listen on is given on the command line. */
  listens: boolean;
  /** Prints its version; the pattern's first group is the version. */
  version: { command: readonly [string, ...string[]]; pattern: RegExp };
  /** What has to be around a file that is meant for an existing installation. */
  frame?(text: string, launch: Launch): string | Promise<string>;
  command(launch: Launch): readonly [command: string, ...args: string[]];
  /** Whether clients have to speak TLS to this configuration. Default: never. */
  speaksTls?(text: string): boolean;
  /** Its configurations in `configs/<id>/` and what they show; the suite in `test/e2e/intermediaries-*.test.ts` runs each. */
  pairs: readonly Pair[];
  /** Files of its folder that a test of its own runs, where the suite cannot ask the product. */
  own?: { test: string; files: readonly string[] };
}

/** Replaces a text that must be there. */
export function replaceAll(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the configuration lacks ${JSON.stringify(from)}`);
  return text.replaceAll(from, to);
}

/** The repository's root: this file may run from a folder that it was compiled into. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'configs')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
