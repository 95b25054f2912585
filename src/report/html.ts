import { loadPage } from '../page-file.ts';
import type { Confidence, Report } from '../types.ts';
import { escapeXml } from './escape-xml.ts';
import { fixSentences } from './experiment-words.ts';
import { hopDetails } from './html-details.ts';
import { experiments } from './html-experiments.ts';
import { codeBlock, findings } from './html-findings.ts';
import { hopDiagram, hopTable } from './html-hops.ts';
import { bdi, list, section } from './html-parts.ts';
import { spreads } from './html-spread.ts';
import { jsonForScript } from './json.ts';
import { cutMiddle, printable } from './printable.ts';
import { timelineSvg } from './timeline-svg.ts';
import { headline, toldFindings, verdictTone, verdictWord } from './words.ts';

/** A fix helps as surely as its cause is known. */
const HELPS: Readonly<Record<Confidence, string>> = {
  proven: 'What helps',
  likely: 'What should help',
  possible: 'What may help',
};

const HEADLINE_CHARACTERS = 400;

/**
 * The report as one file that needs nothing else and asks nobody. All of it can be read without a script; the one in it,
 * which its policy names by hash, makes the timeline answer questions and adds buttons for copying.
 */
export function formatHtml(report: Report): string {
  const { html, policy } = loadPage('report');
  const title = escapeXml(`${verdictWord(report.verdict)}: ${shortHeadline(report)}`);
  return fill(html, [
    [
      /<meta charset="utf-8" ?\/?>/,
      (found) =>
        `${found}\n    <meta http-equiv="Content-Security-Policy" content="${escapeXml(policy())}" />`,
    ],
    [/<title>[^<]*<\/title>/, () => `<title>${title}</title>`],
    [/<div id="page"><\/div>/, () => body(report)],
  ]);
}

/** Everything a report says may come from a stranger: what was put in once is never searched again. */
function fill(template: string, edits: readonly [RegExp, (found: string) => string][]): string {
  let [done, rest] = ['', template];
  for (const [pattern, edit] of edits) {
    const found = pattern.exec(rest);
    if (found === null) throw new Error(`dist/pages/report.html has no ${pattern.source}`);
    done += rest.slice(0, found.index) + edit(found[0]);
    rest = rest.slice(found.index + found[0].length);
  }
  return done + rest;
}

/** Names and messages may be of any length; all of them stand in full below. */
function shortHeadline(report: Report): string {
  return cutMiddle(printable(headline(report), true), HEADLINE_CHARACTERS, '\u2026');
}

/** The answer: what is wrong, and the first thing to do about it. */
function header(report: Report): string {
  const { main } = toldFindings(report);
  const finding = main.find(({ fixes }) => fixes.length > 0);
  const fix = finding?.fixes[0];
  const helps =
    finding === undefined || fix === undefined
      ? ''
      : `<p class="what">${HELPS[finding.confidence]}, in ${bdi(fix.where)}:</p>${codeBlock(fix.change)}<p class="meta"><a href="#findings">All that was found, and other fixes</a></p>`;
  const [tried] = report.minimalFix === null ? [] : fixSentences(report.minimalFix);
  return [
    `<header class="${verdictTone(report.verdict)}"><p class="verdict">${escapeXml(verdictWord(report.verdict))}</p>`,
    `<h1>${bdi(shortHeadline(report))}</h1>`,
    tried === undefined ? '' : `<p class="lead">${bdi(tried)}</p>`,
    `${helps}</header>`,
  ].join('');
}

function body(report: Report): string {
  const { hops, warnings, next, tool, startedAt } = report;
  const sections = [
    header(report),
    section('way', 'The way of the events', hopDiagram(report)),
    section(
      'timeline',
      'When each event came',
      hops.length === 0 ? '' : `<figure>${timelineSvg(hops)}</figure>`,
    ),
    section('hops', 'In numbers', hopTable(hops)),
    section('findings', 'What was found, and what helps', findings(report)),
    section('experiments', 'Experiments', experiments(report)),
    section('spread', 'How they are distributed', spreads(hops)),
    section('notes', 'What limits trust in the numbers', list(warnings)),
    section('next', 'The command that would tell more', next === null ? '' : codeBlock(next)),
    section('details', 'All that was measured', hops.map(hopDetails).join('')),
    `<footer><p>unclog ${escapeXml(tool.version)}, <time datetime="${escapeXml(startedAt)}">${escapeXml(startedAt)}</time></p></footer>`,
  ];
  return `<main>
${sections.filter((text) => text !== '').join('\n')}
</main>
<script type="application/json" id="report">${jsonForScript(report)}</script>`;
}
