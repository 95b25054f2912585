import type { FigureKind } from './figures.ts';
import { isWithinAllOn } from './goals.ts';
import type { Results } from './results.ts';
import { ratio, type ScenarioSummary } from './summary.ts';
import { formatSpread, type Table } from './table.ts';

/** Two targets side by side: one line for each compared figure of each scenario where both ran. */
function sideBySide(
  summaries: readonly ScenarioSummary[],
  [a, b]: readonly [a: string, b: string],
  last: (kind: FigureKind, ratio: number | null, summary: ScenarioSummary) => string,
): Table {
  return summaries.flatMap((summary) => {
    const rows = [a, b].map((id) => summary.rows.find(({ target }) => target.id === id));
    if (rows.some((row) => row === undefined)) return [];
    const kinds = summary.kinds.filter(({ compared }) => compared);
    return kinds.map((kind) => {
      const its = ratio(summary, kind.id, a, b);
      return [
        summary.scenario.title,
        kind.label,
        ...rows.map((row) => formatSpread(row?.figures.get(kind.id) ?? null, kind.digits)),
        its === null ? '–' : its.toFixed(2),
        last(kind, its, summary),
      ];
    });
  });
}

/**
 * The gateway with everything on beside itself; null where they did not both run.
 * @param judged says whether each figure reaches its aim
 */
export function allOnTable(summaries: readonly ScenarioSummary[], judged: boolean): Table | null {
  const body = sideBySide(summaries, ['unclog-full', 'unclog'], ({ id }, its, summary) => {
    const isWithin = its === null ? null : isWithinAllOn(summary, id, its);
    return isWithin === null ? '' : isWithin ? 'pass' : 'MISS';
  });
  if (body.length === 0) return null;
  const heading = ['scenario', 'figure', 'all on', 'as it comes', 'all on ÷ as it comes', 'within 10 %'];
  return [heading, ...body].map((row) => (judged ? row : row.slice(0, -1)));
}

/** What was really on: read off the runs themselves. */
export function allOnEvidence({ samples }: Results): string {
  const sum = (name: string): string => {
    const values = samples.flatMap(({ target, figures }) =>
      target === 'unclog-full' && typeof figures?.[name] === 'number' ? [figures[name]] : [],
    );
    return values.reduce((total, value) => total + value, 0).toLocaleString('en');
  };
  return `In these runs the metrics were read ${sum('scrapes')} times, the access log got ${sum('logLines')} lines, and ${sum('comments')} heartbeats came.`;
}

/** Results that were saved before there was anything else do not say that they are plain. */
export function isEncrypted({ scenario: { transport } }: ScenarioSummary): boolean {
  return transport === 'tls' || transport === 'h2';
}

/** The gateway beside nginx over TLS and HTTP/2; null where they did not both run. */
export function encryptedTable(summaries: readonly ScenarioSummary[]): Table | null {
  const body = sideBySide(summaries.filter(isEncrypted), ['unclog', 'nginx'], (_kind, _ratio, { rows }) =>
    rows
      .filter(({ notes }) => notes.length > 0)
      .map(({ target, notes }) => `${target.name}: ${notes.join('; ')}`)
      .join('; '),
  );
  if (body.length === 0) return null;
  const heading = ['scenario', 'figure', 'unclog gateway', 'nginx', 'unclog ÷ nginx', 'notes'];
  const hasNotes = body.some((row) => row.at(-1) !== '');
  return [heading, ...body].map((row) => (hasNotes ? row : row.slice(0, -1)));
}
