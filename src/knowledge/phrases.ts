import type { Evidence } from '../types.ts';

/** `850 ms`, `2.1 s`, `3 min`: a duration as a person says it. */
export function showMs(ms: number): string {
  if (ms < 0) return `-${showMs(-ms)}`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${trimmed(ms / 1_000)} s`;
  return `${trimmed(ms / 60_000)} min`;
}

/** `512 bytes`, `16 KiB`: a size as a person says it. */
export function showBytes(bytes: number): string {
  if (bytes < 8_192 || bytes % 1_024 !== 0) return `${Math.round(bytes)} bytes`;
  return `${bytes / 1_024} KiB`;
}

/** `1 event`, `20 events`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function trimmed(number: number): string {
  return number.toFixed(1).replace(/\.0$/, '');
}

/** Evidence in milliseconds, rounded to a tenth. */
export function msEvidence(what: string, ms: number, expected?: string): Evidence {
  const value = Math.round(ms * 10) / 10;
  return { what, value, unit: 'ms', ...(expected === undefined ? {} : { expected }) };
}

export function bytesEvidence(what: string, bytes: number, expected?: string): Evidence {
  return { what, value: Math.round(bytes), unit: 'bytes', ...(expected === undefined ? {} : { expected }) };
}

export function eventsEvidence(what: string, value: number, expected?: string): Evidence {
  return { what, value, unit: 'events', ...(expected === undefined ? {} : { expected }) };
}

export function textEvidence(what: string, value: string | number, expected?: string): Evidence {
  return { what, value, unit: '', ...(expected === undefined ? {} : { expected }) };
}

/** Sentences joined with a space; empty and null ones dropped. */
export function sentences(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(' ');
}
