/** A text that is not what was asked for; the message says what was expected, and leaves out where the text stood. */
export class UnitError extends Error {
  override readonly name = 'UnitError';
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = { b: 1, k: 1_024, m: 1_048_576 };

/** What {@link readDuration} takes, for editors. */
export const DURATION_PATTERN = '^\\d+(\\.\\d+)?(ms|s|m|h)$';
/** What {@link readSize} takes, for editors. */
export const SIZE_PATTERN = '^\\d+(\\.\\d+)?[bkmBKM]$';

/** The longest duration that Node's timers can wait for (2^31 - 1 ms, nearly 25 days). */
const MAX_DURATION_MS = 2_147_483_647;

/**
 * `250ms`, `10s`, `2m`, `1h` → milliseconds. A bare number is refused: it does not say what it counts.
 * @throws UnitError
 */
export function readDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    const hint = /^\d+(\.\d+)?$/.test(text) ? `; did you mean ${text}s or ${text}ms?` : '';
    throw new UnitError(
      `"${text}" is not a duration, expected a number with a unit such as 250ms, 10s or 2m${hint}`,
    );
  }
  const ms = Number(match[1]) * (DURATION_UNITS_MS[match[2] ?? ''] ?? Number.NaN);
  if (ms > MAX_DURATION_MS) throw new UnitError(`"${text}" is too long, the longest possible is 24 days`);
  return ms;
}

/**
 * `4k`, `1m`, `512b` → bytes. A bare number is refused: it does not say what it counts.
 * @throws UnitError
 */
export function readSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(b|k|m)$/i.exec(text);
  if (match === null)
    throw new UnitError(`"${text}" is not a size, expected a number with a unit such as 512b, 4k or 1m`);
  return Math.round(Number(match[1]) * (SIZE_UNITS_BYTES[(match[2] ?? '').toLowerCase()] ?? Number.NaN));
}

/**
 * A whole number of at least `least`.
 * @throws UnitError
 */
export function readCount(text: string, least = 1): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < least)
    throw new UnitError(`"${text}" is not a whole number of at least ${least}`);
  return count;
}

/**
 * `127.0.0.1:8000`, `[::1]:8000`, `:8000`, `localhost:0` → host and port.
 * @throws UnitError
 */
export function readAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UnitError(
      `"${text}" is not an address, expected HOST:PORT such as 127.0.0.1:8000 or [::1]:8000`,
    );
  }
  return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

/** Milliseconds as a duration is written: `250ms`, `10s`, `2m`. */
export function writeDuration(ms: number): string {
  if (ms % 1_000 !== 0 || ms === 0) return `${ms}ms`;
  return ms % 60_000 === 0 && ms >= 600_000 ? `${ms / 60_000}m` : `${ms / 1_000}s`;
}

/** Bytes as a size is written: `512b`, `16k`, `1m`. */
export function writeSize(bytes: number): string {
  if (bytes % 1_048_576 === 0 && bytes > 0) return `${bytes / 1_048_576}m`;
  return bytes % 1_024 === 0 && bytes > 0 ? `${bytes / 1_024}k` : `${bytes}b`;
}
