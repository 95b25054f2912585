import { MAX_SOCKET_PATH } from '../http/listen.ts';
import { UsageError } from './usage-error.ts';

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = { b: 1, k: 1_024, m: 1_048_576 };

/** The longest duration that Node's timers can wait for (2^31 - 1 ms, nearly 25 days). */
const MAX_DURATION_MS = 2_147_483_647;

/** `250ms`, `10s`, `2m`, `1h` → milliseconds. A bare number is refused: it does not say what it counts. */
export function parseDuration(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    const hint = /^\d+(\.\d+)?$/.test(text) ? `; did you mean ${text}s or ${text}ms?` : '';
    throw new UsageError(
      `${flag}: "${text}" is not a duration, expected a number with a unit such as 250ms, 10s or 2m${hint}`,
    );
  }
  const ms = Number(match[1]) * (DURATION_UNITS_MS[match[2] ?? ''] ?? Number.NaN);
  if (ms > MAX_DURATION_MS)
    throw new UsageError(`${flag}: "${text}" is too long, the longest possible is 24 days`);
  return ms;
}

/** `4k`, `1m`, `512b` → bytes. A bare number is refused: it does not say what it counts. */
export function parseSize(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(b|k|m)$/i.exec(text);
  if (match === null) {
    throw new UsageError(
      `${flag}: "${text}" is not a size, expected a number with a unit such as 512b, 4k or 1m`,
    );
  }
  return Math.round(Number(match[1]) * (SIZE_UNITS_BYTES[(match[2] ?? '').toLowerCase()] ?? Number.NaN));
}

/** A whole number of at least `least`. */
export function parseCount(flag: string, text: string, least = 1): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < least) {
    throw new UsageError(`${flag}: "${text}" is not a whole number of at least ${least}`);
  }
  return count;
}

/** `127.0.0.1:8000`, `[::1]:8000`, `:8000`, `localhost:0` → host and port. */
export function parseAddress(flag: string, text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError(
      `${flag}: "${text}" is not an address, expected HOST:PORT such as 127.0.0.1:8000 or [::1]:8000`,
    );
  }
  return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

/** As {@link parseAddress}; also `unix:/run/x.sock` → the path of a unix socket. */
export function parseListen(flag: string, text: string): { host: string; port: number; path?: string } {
  if (!text.startsWith('unix:')) return parseAddress(flag, text);
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/') || path.endsWith('/') || path.length > MAX_SOCKET_PATH)
    throw new UsageError(
      `${flag}: "${text}" is no unix socket, expected an absolute path of at most ${MAX_SOCKET_PATH} characters such as unix:/run/unclog.sock`,
    );
  return { host: '', port: 0, path };
}
