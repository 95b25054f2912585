import type { ObserveProgress } from '../probe/observe.ts';

/** Where there is no terminal to redraw, a line this often shows that something still happens. */
const LINE_EVERY_MS = 15_000;
const REDRAW_EVERY_MS = 200;

/** Shows how far a run is, on stderr: one line redrawn on a terminal, one line every 15 s elsewhere. */
export interface Progress {
  update(progress: ObserveProgress): void;
  stop(): void;
}

export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const hops = new Map<string, ObserveProgress>();
  const startedAtMs = performance.now();
  const onTerminal = stream.isTTY === true;
  const timer = setInterval(draw, onTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS);

  function draw(): void {
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    const states = [...hops.values()].map((hop) => `${hop.hop}: ${stateOf(hop)}`).join(', ');
    const line = `${seconds} s  ${states === '' ? 'waiting for the first answer' : states}`;
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

function stateOf(hop: ObserveProgress): string {
  if (hop.events > 0) return `${hop.events} ${hop.events === 1 ? 'event' : 'events'}`;
  return hop.head ? 'head, no event yet' : 'nothing yet';
}
