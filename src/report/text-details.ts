import type { Report } from '../types.ts';
import { detailRows } from './hop-details.ts';
import { wrap } from './printable.ts';
import type { TextStyle } from './text-style.ts';
import { verdictWord } from './words.ts';

const INDENT = '  ';
const LABEL = 12;

/** `--verbose`: everything that was measured of each hop, a block each. */
export function detailBlocks(report: Report, style: TextStyle): string[][] {
  return report.hops.map((hop) => [
    style.colors.bold(style.safe(`${hop.name}: ${verdictWord(hop.verdict)}`)),
    ...detailRows(hop).flatMap(([label, text]) => (text === null ? [] : row(label, text, style))),
  ]);
}

function row(label: string, text: string, style: TextStyle): string[] {
  return wrap(style.safe(text), style.width - INDENT.length - LABEL, true).map(
    (line, i) => `${INDENT}${(i === 0 ? label : '').padEnd(LABEL)}${line}`,
  );
}
