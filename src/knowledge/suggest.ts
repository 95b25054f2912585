import { EXPLAINED_IDS, explain } from './explain.ts';
import { guidesNamed } from './explain-guide.ts';

/** Ids that may have been meant: those a few letters away, those that contain the text, then those whose name does. */
export function suggestions(id: string): string[] {
  const wanted = id.toLowerCase();
  const containing = EXPLAINED_IDS.filter(
    (one) => wanted.length >= 3 && (one.includes(wanted) || wanted.includes(one)),
  );
  // `clients/axios` is looked for as `axios`, too.
  const close = EXPLAINED_IDS.map((one) => ({
    one,
    away: Math.min(distance(wanted, one), distance(wanted, one.slice(one.indexOf('/') + 1))),
  }))
    .filter(({ one, away }) => away <= Math.max(2, Math.floor(one.slice(one.indexOf('/') + 1).length / 4)))
    .sort((a, b) => a.away - b.away)
    .map(({ one }) => one);
  const named = EXPLAINED_IDS.filter(
    (one) => wanted.length >= 3 && (explain(one)?.title.toLowerCase().includes(wanted) ?? false),
  );
  return [...new Set([...guidesNamed(wanted), ...close, ...containing, ...named])].slice(0, 3);
}

/** Letters to insert, delete or replace to get from one word to the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
