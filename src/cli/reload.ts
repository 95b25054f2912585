import { unwatchFile, watchFile } from 'node:fs';
import type { Logger } from 'pino';
import { UsageError } from './usage-error.ts';

/** How often a watched file is looked at. Polling sees what other ways miss: renamed files, links, file systems in the network. */
const WATCH_INTERVAL_MS = 1_000;

/** How options are put in force anew. */
export interface ReloadOptions<T> {
  /** Reads flags, environment and file again. @throws UsageError */
  read(): T;
  /** Puts what was read in force; returns the names of options that take a restart. @throws UsageError */
  apply(options: T): readonly string[];
  /** To be watched; null: only a signal starts a reload. */
  watchedFile: string | null;
  readonly logger: Logger;
  /** Told before and after. */
  onBegin?: () => void;
  onEnd?: () => void;
}

/**
 * Reloads at SIGHUP, and when the watched file has changed. What cannot be used changes nothing: the old options stay in
 * force, and the log says which file and line is at fault. Returns what stops it.
 */
export function reloadOnDemand<T>(options: ReloadOptions<T>): () => void {
  const { watchedFile } = options;
  const onSignal = (): void => reload(options, 'SIGHUP');
  const onChange = (): void => reload(options, `${watchedFile} has changed`);
  process.on('SIGHUP', onSignal);
  if (watchedFile !== null) watchFile(watchedFile, { interval: WATCH_INTERVAL_MS }, onChange);
  return () => {
    process.off('SIGHUP', onSignal);
    if (watchedFile !== null) unwatchFile(watchedFile, onChange);
  };
}

function reload<T>({ read, apply, logger, onBegin, onEnd }: ReloadOptions<T>, why: string): void {
  onBegin?.();
  try {
    const needRestart = apply(read());
    if (needRestart.length > 0)
      logger.warn({ why, needRestart }, `reloaded; a restart is needed for ${needRestart.join(', ')}`);
    else logger.info({ why }, 'reloaded');
  } catch (error) {
    const sentence = error instanceof UsageError ? error.message : String(error);
    logger.error({ why, error: sentence }, `not reloaded, the old options stay in force: ${sentence}`);
  }
  onEnd?.();
}
