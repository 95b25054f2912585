import type { Command } from './targets.ts';

/** A program of ours, or of a library's, as it runs in production. */
export function nodeCommand(args: string[]): Command {
  return { file: process.execPath, args, env: { NODE_ENV: 'production' } };
}
