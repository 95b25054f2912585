import type { CheckOptions, CheckRun, PageConfig } from './model.ts';

/** What the server put into the page (`<script type="application/json" id="config">`); safe defaults without it. */
export function readPageConfig(): PageConfig {
  return { compareOrigin: null };
}

/** Starts measuring at once. Never throws: what goes wrong is in the state. */
export function startCheck(_options: CheckOptions = {}): CheckRun {
  throw new Error('not there yet: use replayCheck of replay.ts');
}
