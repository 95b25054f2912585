import type { Beat } from '../../src/demo/live-origin.ts';

/** When events of the live demonstration are due: as the test says. */
export interface HandBeat {
  beat: Beat;
  /** Events up to this one are due, in every round. */
  allow(seq: number): void;
}

export function createHandBeat(): HandBeat {
  let allowed = 0;
  const waiting = new Set<() => void>();
  return {
    beat: (seq, signal) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (allowed < seq) return;
          waiting.delete(look);
          signal.removeEventListener('abort', stop);
          resolve();
        };
        const stop = () => {
          waiting.delete(look);
          reject(signal.reason);
        };
        waiting.add(look);
        signal.addEventListener('abort', stop);
        look();
      }),
    allow(seq) {
      allowed = seq;
      for (const look of [...waiting]) look();
    },
  };
}
