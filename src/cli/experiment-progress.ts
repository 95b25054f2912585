import type { ExperimentProgress } from '../probe/experiment/options.ts';

/** Where there is no terminal to redraw, a line this often shows that something still happens. */
const LINE_EVERY_MS = 15_000;
const REDRAW_EVERY_MS = 200;

/** Tells on stderr what is being tried, and about how long it will take. */
export function startExperimentProgress(stream: NodeJS.WriteStream = process.stderr): {
  update(progress: ExperimentProgress): void;
  stop(): void;
} {
  const hops = new Map<string, ExperimentProgress>();
  const startedAtMs = performance.now();
  const onTerminal = stream.isTTY === true;
  const timer = setInterval(draw, onTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS);

  function draw(): void {
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    const states = [...hops.values()].map(stateOf).join(', ');
    const line = `${seconds} s  ${states === '' ? 'measuring the path' : states}`;
    if (onTerminal) stream.write(`\r\u001b[K${line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
    else stream.write(`${line}\n`);
  }

  return {
    update: (progress) => void hops.set(progress.hop, progress),
    stop: () => {
      clearInterval(timer);
      if (onTerminal) stream.write('\r\u001b[K');
    },
  };
}

function stateOf({ hop, doing, done, of, leftMs }: ExperimentProgress): string {
  const left = Math.max(1, Math.ceil(leftMs / 1_000));
  return `${hop}: ${done} of ${of}, ${doing}, about ${left} s left`;
}
