import type { Report } from '../types.ts';
import { wrap } from './printable.ts';
import type { TextStyle } from './text-style.ts';
import { protocolWords, shareWords } from './words-of-hops.ts';

const INDENT = '  ';

/** Below the table: what each hop of a chain adds, and the protocol inside the stream. */
export function hopLines(report: Report, style: TextStyle): string[] {
  return [shareWords(report), ...protocolWords(report)]
    .filter((text) => text !== null)
    .flatMap((text) => wrap(style.safe(text), style.width - INDENT.length, true))
    .map((line) => `${INDENT}${line}`);
}
