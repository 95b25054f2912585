import { showMs } from '../knowledge/phrases.ts';
import type { MinimalFix, Report } from '../types.ts';
import { escapeXml } from './escape-xml.ts';
import { type ExperimentRow, experimentRows, fixSentences, measuredLines } from './experiment-words.ts';
import { bar, bdi, list } from './html-parts.ts';

const SIGNS: Readonly<Record<string, string>> = {
  fixes: '\u2713',
  improves: '\u2191',
  worsens: '\u2193',
  none: '=',
};

/** Experiment mode: the smallest change, the stream before and after each one, and what else was measured. */
export function experiments(report: Report): string {
  if (report.mode !== 'experiment') return '';
  const { minimalFix, hops } = report;
  const sentences = minimalFix === null ? [] : fixSentences(minimalFix).filter((text) => text !== '');
  return [
    sentences.map((text) => `<p>${bdi(text)}</p>`).join(''),
    minimalFix === null ? '' : beforeAfter(minimalFix),
    experimentTable(experimentRows(report), hops.length > 1),
    list(hops.flatMap((hop) => measuredLines(hop, hops.length > 1))),
  ].join('');
}

/** The worst stream without the smallest change, and with it, on one scale. */
function beforeAfter({ before, after }: MinimalFix): string {
  if (before === null || after === null) return '';
  const most = Math.max(before.max, after.max, 1);
  const row = (name: string, tone: string, { p50, max }: { p50: number; max: number }): string =>
    `<tr class="${tone}"><th scope="row">${name}</th>${[p50, max]
      .map((ms) => `<td><span class="number">${shown(ms)}</span> ${bar(ms / most)}</td>`)
      .join('')}</tr>`;
  return `<div class="scroll" role="region" aria-label="Holds before and after" tabindex="0"><table class="spread"><caption>Holds before and after</caption><thead><tr><th scope="col">the stream</th><th scope="col">median hold</th><th scope="col">worst hold</th></tr></thead><tbody>${row('before', 'bad', before)}${row('after', 'good', after)}</tbody></table></div>`;
}

function experimentTable(rows: readonly ExperimentRow[], several: boolean): string {
  if (rows.length === 0) return '';
  const most = Math.max(1, ...rows.flatMap(({ beforeMs, afterMs }) => [beforeMs ?? 0, afterMs ?? 0]));
  const compared = (ms: number | null, text: string): string =>
    ms === null
      ? `<td>${bdi(text)}</td>`
      : `<td><span class="number">${shown(ms)}</span> ${bar(ms / most)}</td>`;
  const body = rows.map((row) => {
    const { hop, factor, verdict, hold, effect, beforeMs, afterMs } = row;
    return [
      `<tr>${several ? `<td>${bdi(hop)}</td>` : ''}<th scope="row" class="long">${bdi(factor)}</th>`,
      compared(beforeMs, ''),
      compared(afterMs, hold),
      `<td>${bdi(verdict)}</td>`,
      `<td>${effect === '' ? '' : `<span aria-hidden="true">${SIGNS[effect] ?? ''}</span> ${escapeXml(effect)}`}</td></tr>`,
    ].join('');
  });
  const titles = ['varied', 'worst hold before', 'after', 'verdict with it', 'effect'];
  return `<div class="scroll" role="region" aria-label="What each change did" tabindex="0"><table class="spread"><caption>What each change did</caption><thead><tr>${[...(several ? ['hop'] : []), ...titles].map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function shown(ms: number): string {
  return showMs(Math.max(0, ms));
}
