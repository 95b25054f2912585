import { showMs } from '../knowledge/phrases.ts';
import type { Percentiles, ReportHop, SpreadStep } from '../types.ts';
import { bar, bdi } from './html-parts.ts';

interface Column {
  name: string;
  steps: readonly SpreadStep[];
  values: Percentiles;
}

/** How the holds, and the gaps between events, of all hops are distributed: a table each, with bars. */
export function spreads(hops: readonly ReportHop[]): string {
  const holds = columnsOf(hops, ({ events }) => [events.holdSpread, events.holdMs]);
  const gaps = columnsOf(hops, ({ events }) => [events.gapSpread, events.gapMs]);
  return [
    spreadTable('Holds: how much later than sent events arrived', 'held for', holds),
    spreadTable('Gaps: from one event to the next', 'gap', gaps),
  ].join('');
}

function columnsOf(
  hops: readonly ReportHop[],
  read: (hop: ReportHop) => [SpreadStep[] | null | undefined, Percentiles | null],
): Column[] {
  return hops.flatMap((hop) => {
    const [steps, values] = read(hop);
    return steps && values ? [{ name: hop.name, steps, values }] : [];
  });
}

function spreadTable(title: string, what: string, columns: readonly Column[]): string {
  if (columns.length === 0) return '';
  const head = columns.map(({ name }) => `<th scope="col">${bdi(name)}</th>`).join('');
  const rows = stepsOf(columns).map(
    (step) =>
      `<tr><th scope="row">${stepWords(step)}</th>${columns.map((one) => cell(one, step)).join('')}</tr>`,
  );
  const sums = columns.map(({ values }) => {
    const shown = (ms: number): string => showMs(Math.max(0, ms));
    return `<td>median ${shown(values.p50)}, p95 ${shown(values.p95)}, worst ${shown(values.max)}</td>`;
  });
  return `<div class="scroll" role="region" aria-label="${title}" tabindex="0"><table class="spread"><caption>${title}</caption><thead><tr><th scope="col">${what}</th>${head}</tr></thead><tbody>${rows.join('')}<tr class="sum"><th scope="row">in all</th>${sums.join('')}</tr></tbody></table></div>`;
}

/** Every step from the first to the last that some hop has. Where there is nothing for a while, one row says so. */
function stepsOf(columns: readonly Column[]): SpreadStep[] {
  const filled = columns.flatMap(({ steps }) => steps).filter(({ count }) => count > 0);
  const steps = [...new Map(filled.map((step) => [step.fromMs, step])).values()];
  return steps
    .sort((a, b) => a.fromMs - b.fromMs)
    .flatMap((step, i) => {
      const before = steps[i - 1];
      return before === undefined || before.toMs === step.fromMs
        ? [step]
        : [{ fromMs: before.toMs, toMs: step.fromMs, count: 0 }, step];
    });
}

function stepWords({ fromMs, toMs }: SpreadStep): string {
  return fromMs === 0 ? `under ${showMs(toMs)}` : `${showMs(fromMs)} to ${showMs(toMs)}`;
}

function cell({ steps }: Column, { fromMs, toMs }: SpreadStep): string {
  const count = steps.find((step) => step.fromMs === fromMs && step.toMs === toMs)?.count ?? 0;
  const largest = Math.max(...steps.map((step) => step.count));
  return `<td><span class="number">${count}</span> ${bar(count / largest)}</td>`;
}
