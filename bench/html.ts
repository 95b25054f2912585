import { escapeXml } from './chart.ts';
import type { FigureKind } from './figures.ts';
import type { Goal } from './goals.ts';
import { comparisons, provenance } from './page.ts';
import type { Results } from './results.ts';
import type { ScenarioSummary } from './summary.ts';
import { goalTable, scenarioTable, type Table } from './table.ts';

/** The built page `src/pages/bench`, and the hashes that its Content-Security-Policy names. */
export interface Template {
  html: string;
  scripts: readonly string[];
  styles: readonly string[];
}

/** The results as one file that asks nobody: every table, and above it a chart that the page's script draws. */
export function renderHtml(
  template: Template,
  results: Results,
  summaries: readonly ScenarioSummary[],
  goals: readonly Goal[],
): string {
  const { scripts, styles } = template;
  const policy = `default-src 'none'; script-src ${scripts.join(' ')}; style-src ${styles.join(' ')}; img-src data:; base-uri 'none'; form-action 'none'`;
  const edits: [RegExp, (found: string) => string][] = [
    [
      /<meta charset="utf-8" ?\/?>/,
      (found) => `${found}\n    <meta http-equiv="Content-Security-Policy" content="${escapeXml(policy)}" />`,
    ],
    [/<title>[^<]*<\/title>/, () => '<title>What relaying a stream costs</title>'],
    [/<div id="page"><\/div>/, () => body(results, summaries, goals)],
  ];
  let [done, rest] = ['', template.html];
  for (const [pattern, edit] of edits) {
    const found = pattern.exec(rest);
    if (found === null) throw new Error(`the built page of the bench has no ${pattern.source}`);
    done += rest.slice(0, found.index) + edit(found[0]);
    rest = rest.slice(found.index + found[0].length);
  }
  return done + rest;
}

function body(results: Results, summaries: readonly ScenarioSummary[], goals: readonly Goal[]): string {
  const scenarios = summaries.map(
    (summary) =>
      `<section aria-labelledby="${summary.scenario.id}"><h2 id="${summary.scenario.id}">${escapeXml(summary.scenario.title)}</h2><p>${escapeXml(summary.scenario.explanation)}</p><div id="chart-${summary.scenario.id}"></div>${htmlTable(scenarioTable(summary), `Figures: ${summary.scenario.title}`)}</section>`,
  );
  const compared = comparisons(results, summaries).map(
    ({ title, text, table }) =>
      `<section><h2>${escapeXml(title)}</h2><p>${escapeXml(text)}</p>${htmlTable(table, title)}</section>`,
  );
  const aims = results.quick
    ? '<p>A smoke run: short, with fewer streams than the aims speak of. Only its integrity means anything.</p>'
    : `<section><h2>Aims</h2>${htmlTable(goalTable(goals), 'Aims')}</section>`;
  return `<main>
<h1>What relaying a stream costs</h1>
<p>The gateway side by side with nginx, HAProxy, Caddy and Node proxy libraries, in one run. Cells are medians over the rounds with smallest and largest.</p>
<p class="note" id="legend"></p>
${[...scenarios, ...compared, aims].join('\n')}
<footer><ul>${provenance(results)
    .map((line) => `<li>${escapeXml(line)}</li>`)
    .join('')}</ul></footer>
</main>
<script type="application/json" id="scenarios">${escapeJson(summaries.map(chartData))}</script>`;
}

function htmlTable([heading = [], ...rows]: Table, label: string): string {
  const cell = (text: string, i: number): string =>
    i === 0
      ? `<th scope="row">${escapeXml(text)}</th>`
      : `<td class="number${text === 'MISS' ? ' miss' : ''}">${escapeXml(text)}</td>`;
  const titles = heading.map((text, i) =>
    text === '' ? '<td></td>' : `<th scope="col"${i === 0 ? '' : ' class="number"'}>${escapeXml(text)}</th>`,
  );
  return `<div class="scroll" role="region" aria-label="${escapeXml(label)}" tabindex="0"><table><thead><tr>${titles.join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('')}</tbody></table></div>`;
}

/** In the form of src/pages/bench/data.ts. */
function chartData({ scenario, kinds, rows }: ScenarioSummary): unknown {
  const figures = kinds.map((kind) => ({
    id: kind.id,
    label: kind.label,
    digits: kind.digits,
    better: kind.better,
    first: kind.charted !== undefined,
    rows: rows
      .flatMap(({ target, figures: found }) => {
        const spread = found.get(kind.id);
        return spread ? [{ name: target.name, kind: target.kind, ...spread }] : [];
      })
      .sort((a, b) => sign(kind) * (a.median - b.median)),
  }));
  return {
    id: scenario.id,
    title: scenario.title,
    figures: figures.filter((figure) => figure.rows.length > 0),
  };
}

function sign({ better }: FigureKind): number {
  return better === 'lower' ? 1 : -1;
}

/** JSON in which nothing ends a script or begins a comment (HTML, section 4.12.1.3). */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
