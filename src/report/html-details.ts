import type { ReportHop } from '../types.ts';
import { detailRows } from './hop-details.ts';
import { bdi } from './html-parts.ts';

/** Everything that was measured of a hop, folded away on a screen. */
export function hopDetails(hop: ReportHop): string {
  const rows = detailRows(hop).filter((row): row is [string, string] => row[1] !== null && row[1] !== '');
  const list = grouped(rows).map(
    ([label, texts]) => `<dt>${label}</dt>${texts.map((text) => `<dd>${bdi(text)}</dd>`).join('')}`,
  );
  return `<details><summary>${bdi(hop.name)}: all that was measured</summary><dl>${list.join('')}</dl></details>`;
}

/** A row without a label belongs to the one above. */
function grouped(rows: readonly [string, string][]): [label: string, texts: string[]][] {
  const groups: [string, string[]][] = [];
  for (const [label, text] of rows) {
    const last = groups.at(-1);
    if (label === '' && last !== undefined) last[1].push(text);
    else groups.push([label, [text]]);
  }
  return groups;
}
