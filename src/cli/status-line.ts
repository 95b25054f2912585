/** Where there is no terminal to redraw, a line this often shows that something still happens. */
const LINE_EVERY_MS = 15_000;
const REDRAW_EVERY_MS = 200;

/** How far a run is, on stderr: one line redrawn on a terminal, one line every 15 s elsewhere. */
export interface StatusLine<T> {
  /** The latest about a hop takes the place of what was known of it. */
  update(progress: T): void;
  stop(): void;
}

/**
 * Shows the seconds since now, and what each hop is at.
 *
 * @param stateOf one hop's part of the line
 * @param before what the line says as long as no hop has told anything
 */
export function startStatusLine<T extends { hop: string }>(
  stateOf: (progress: T) => string,
  before: string,
  stream: NodeJS.WriteStream = process.stderr,
): StatusLine<T> {
  const hops = new Map<string, T>();
  const startedAtMs = performance.now();
  const onTerminal = stream.isTTY === true;
  const timer = setInterval(draw, onTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS);

  function draw(): void {
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    const states = [...hops.values()].map(stateOf).join(', ');
    const line = `${seconds} s  ${states === '' ? before : states}`;
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
