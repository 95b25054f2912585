import { setMaxListeners } from 'node:events';
import { afterAll } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { startRunClock } from '../../src/probe/clock.ts';
import { JUDGE_DEFAULTS } from '../../src/probe/diagnose.ts';
import { createLab, type Lab } from '../../src/probe/experiment/lab.ts';
import { createProgressBook } from '../../src/probe/experiment/progress.ts';
import { createSlots } from '../../src/probe/experiment/slots.ts';
import { watchOwnLag } from '../../src/probe/self-check.ts';
import { OBSERVE_DEFAULTS, type ObserveOptions } from '../../src/probe/targets.ts';

const PARALLEL = 32;

/** A place for single experiments on one hop, its path measured; `close` it. */
export async function openLab(url: string, settings: Partial<ObserveOptions> = {}): Promise<Lab> {
  const clock = startRunClock();
  const lag = watchOwnLag(clock);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const lab = createLab({
    target: { name: 'hop', url },
    settings: { ...OBSERVE_DEFAULTS, proxy: 'none', ...settings },
    judge: JUDGE_DEFAULTS,
    slots: createSlots(PARALLEL),
    progress: createProgressBook('hop', PARALLEL, clock.nowMs, () => {}),
    ...{ clock, lag, signal },
  });
  await lab.measurePath();
  const close = (): void => {
    lag.stop();
    lab.close();
  };
  return { ...lab, close };
}

/** What a test file starts before its single tests, each part closed in the end, the last one first. */
export function startedParts() {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Notes a part to be closed, and gives its URL. */
  async function keep(starting: Promise<{ url: string; close(): Promise<void> }>): Promise<string> {
    const part = await starting;
    closing.push(() => part.close());
    return part.url;
  }

  return { keep, startOrigin: () => keep(createOrigin({ listen: { host: '127.0.0.1', port: 0 } })) };
}
