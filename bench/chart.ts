import type { FigureKind } from './figures.ts';
import type { Results } from './results.ts';
import type { ScenarioSummary } from './summary.ts';

interface Bar {
  name: string;
  kind: string;
  value: number;
}

interface Panel {
  title: string;
  hint: string;
  digits: number;
  bars: Bar[];
}

const WIDTH = 920;
const COLUMN = 450;
const BAR = 14;
const STEP = 21;
const HEAD = 44;
const LABEL = 136;
const VALUE = 62;

/** Colours for light and dark pages: the file follows the reader's own setting, also inside an `<img>`. */
const STYLE = `
    text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
    .title { font-weight: 600; font-size: 13px } .hint, .foot { fill: #57606a; font-size: 11px }
    .own { font-weight: 600 } .value { font-variant-numeric: tabular-nums }
    rect.gateway { fill: #0969da } rect.server { fill: #8c959f } rect.library { fill: #d0a215 } rect.back { fill: none }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .hint, .foot { fill: #9198a1 }
      rect.gateway { fill: #4493f8 } rect.server { fill: #7d8590 } rect.library { fill: #bb8009 }
    }
  `;

/** A chart of the charted figures: one panel each, bars sorted best first. */
export function renderChart(results: Results, summaries: readonly ScenarioSummary[]): string {
  const panels = summaries.flatMap((summary) =>
    summary.kinds.filter(({ charted }) => charted !== undefined).map((kind) => panelOf(summary, kind)),
  );
  const drawn = panels.filter(({ bars }) => bars.length > 0);
  const rowHeights: number[] = [];
  for (let i = 0; i < drawn.length; i += 2) {
    rowHeights.push(Math.max(...drawn.slice(i, i + 2).map(({ bars }) => HEAD + bars.length * STEP + 14)));
  }
  let top = 10;
  const body = rowHeights.map((height, row) => {
    const text = drawn
      .slice(row * 2, row * 2 + 2)
      .map((panel, column) => renderPanel(panel, 10 + column * COLUMN, top))
      .join('\n');
    top += height;
    return text;
  });
  const height = top + 26;
  const foot = `${results.startedAt.slice(0, 10)} · Node ${results.nodeVersion} · ${results.machine.cores} cores, loopback · medians of ${results.rounds} interleaved rounds · one process against one worker`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="unclog gateway beside nginx, HAProxy, Caddy and Node proxy libraries">
  <style>${STYLE}</style>
${body.join('\n')}
  <text class="foot" x="10" y="${height - 10}">${escapeXml(foot)}</text>
</svg>
`;
}

function panelOf(summary: ScenarioSummary, kind: FigureKind): Panel {
  const sign = kind.better === 'lower' ? 1 : -1;
  const bars = summary.rows.flatMap(({ target, figures }): Bar[] => {
    const median = figures.get(kind.id)?.median;
    if (median === undefined || target.kind === 'direct') return [];
    return [{ name: target.name, kind: target.kind, value: median }];
  });
  bars.sort((a, b) => sign * (a.value - b.value));
  return { title: kind.charted ?? kind.label, hint: `${kind.better} is better`, digits: kind.digits, bars };
}

function renderPanel({ title, hint, digits, bars }: Panel, left: number, top: number): string {
  const largest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const room = COLUMN - LABEL - VALUE - 20;
  const lines = bars.map(({ name, kind, value }, i) => {
    const y = top + HEAD + i * STEP;
    const width = Math.max(1, (value / largest) * room).toFixed(1);
    const own = kind === 'gateway' ? ' own' : '';
    const shown = value.toLocaleString('en', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return `  <text class="label${own}" x="${left + LABEL - 8}" y="${y + 11}" text-anchor="end">${escapeXml(name)}</text>
  <rect class="${kind}" x="${left + LABEL}" y="${y}" width="${width}" height="${BAR}" rx="2"/>
  <text class="value${own}" x="${(left + LABEL + Number(width) + 6).toFixed(1)}" y="${y + 11}">${shown}</text>`;
  });
  return `  <text class="title" x="${left}" y="${top + 16}">${escapeXml(title)}</text>
  <text class="hint" x="${left}" y="${top + 32}">${hint}</text>
${lines.join('\n')}`;
}

/** Text for element content or a quoted attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
