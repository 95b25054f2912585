import { showBytes, showMs } from '../knowledge/phrases.ts';
import type { Finding, Fix, Report, ReportHop } from '../types.ts';
import { escapeXml, escapeXmlLines } from './escape-xml.ts';
import { HTML_STYLE } from './html-style.ts';
import { timelineSvg } from './timeline-svg.ts';
import {
  BASIS_WORDS,
  evidenceValue,
  headline,
  seenProducts,
  toldFindings,
  verdictTone,
  verdictWord,
  worstHold,
} from './words.ts';

/** The report as one file that needs nothing else: no script, no request, light and dark. */
export function formatHtml(report: Report): string {
  const { main, warnings, infos } = toldFindings(report);
  const word = verdictWord(report.verdict);
  const sections = [
    `<header class="${verdictTone(report.verdict)}"><p class="verdict">${escapeXml(word)}</p><h1>${bdi(headline(report))}</h1></header>`,
    report.hops.length === 0 ? '' : `<figure>${timelineSvg(report.hops)}</figure>${table(report.hops)}`,
    ...[...main, ...warnings, ...infos].map(finding),
    report.warnings.length === 0
      ? ''
      : `<h2>Notes</h2><ul>${report.warnings.map((text) => `<li>${bdi(text)}</li>`).join('')}</ul>`,
    report.next === null ? '' : `<h2>Next</h2><pre><code>${escapeXmlLines(report.next)}</code></pre>`,
    ...report.hops.map(details),
    `<footer>unclog ${escapeXml(report.tool.version)}, <time datetime="${escapeXml(report.startedAt)}">${escapeXml(report.startedAt)}</time></footer>`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeXml(`${word}: ${headline(report)}`)}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<main>
${sections.filter((section) => section !== '').join('\n')}
</main>
</body>
</html>
`;
}

/** Text of unknown writing direction that cannot turn its neighbours around. */
function bdi(text: string): string {
  return `<bdi>${escapeXml(text)}</bdi>`;
}

function ms(value: number | null): string {
  return value === null ? '-' : showMs(value);
}

function table(hops: ReportHop[]): string {
  const rows = hops.map(
    (hop) =>
      `<tr><th scope="row">${bdi(hop.name)}</th><td class="${verdictTone(hop.verdict)}">${escapeXml(verdictWord(hop.verdict))}</td>` +
      `<td class="number">${ms(hop.timings.responseHeadMs)}</td><td class="number">${ms(hop.timings.firstEventMs)}</td>` +
      `<td class="number">${escapeXml(worstHold(hop))}</td><td class="number">${hop.events.count}</td><td>${bdi(seenProducts(hop))}</td></tr>`,
  );
  const titles = ['hop', 'verdict', 'head', 'first event', 'worst hold', 'events', 'via'];
  return `<div class="scroll"><table><thead><tr>${titles.map(columnTitle).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** Numbers stand at the right, and so do their titles. */
function columnTitle(title: string): string {
  const text = ['hop', 'verdict', 'via'].includes(title);
  return `<th scope="col"${text ? '' : ' class="number"'}>${title}</th>`;
}

function finding(one: Finding): string {
  const { severity, id, confidence, hop, title, explanation, evidence, fixes, doesNothing, docs } = one;
  const measured = evidence.map(
    ({ expected, ...one }) =>
      `<li>${bdi(one.what)}: <strong>${bdi(evidenceValue(one))}</strong>${expected === undefined ? '' : ` (expected ${bdi(expected)})`}</li>`,
  );
  const [best, ...others] = fixes;
  return [
    `<section class="finding ${severity}"><h2>${severity}: ${bdi(title)}</h2>`,
    `<p class="meta">at ${bdi(hop)}, <code>${escapeXml(id)}</code>, ${escapeXml(confidence)}</p>`,
    explanation === '' ? '' : `<p>${bdi(explanation)}</p>`,
    measured.length === 0 ? '' : `<ul>${measured.join('')}</ul>`,
    best === undefined ? '' : fixBlock(best),
    others.length === 0
      ? ''
      : `<details><summary>Other fixes: ${others.length}</summary>${others.map(fixBlock).join('')}</details>`,
    doesNothing === undefined
      ? ''
      : `<p>Often tried, does nothing:</p><ul>${doesNothing.map(({ advice, why, standing }) => `<li><code>${escapeXml(advice)}</code>: ${bdi(why)} (${bdi(standing)})</li>`).join('')}</ul>`,
    docs === undefined ? '' : `<p class="meta">Page: ${bdi(docs)}</p>`,
    '</section>',
  ].join('');
}

function fixBlock({ where, change, proven, config, source, section, versions, standing }: Fix): string {
  const tested = proven ? `, tested${config === null ? '' : ` (<code>${escapeXml(config)}</code>)`}` : '';
  const noted = [section, versions, proven ? undefined : standing];
  const notes = noted.flatMap((note) => (note === undefined ? [] : [`, ${bdi(note)}`])).join('');
  // Anything but a web address stays text: a link could carry a script.
  const link = /^https?:\/\//i.test(source)
    ? `<a href="${escapeXml(source)}" rel="noreferrer">${bdi(source)}</a>`
    : bdi(source);
  return `<div class="fix"><p>Fix in ${bdi(where)}${tested}${notes}:</p><pre><code>${escapeXmlLines(change)}</code></pre><p class="meta">${link}</p></div>`;
}

function details(hop: ReportHop): string {
  const { events, end, timings, tls, response, error } = hop;
  const facts: [string, string][] = [
    ['URL', hop.url],
    ['no answer', error?.message ?? ''],
    ['connected', ms(timings.connectMs)],
    ['first byte', ms(timings.firstByteMs)],
    ['bytes', showBytes(events.bytes)],
    [
      'holds',
      events.holdMs === null
        ? ''
        : `median ${ms(events.holdMs.p50)}, p95 ${ms(events.holdMs.p95)}, worst ${ms(events.holdMs.max)}`,
    ],
    ['judged by', BASIS_WORDS[events.holdBasis]],
    ['gaps', events.gapMs === null ? '' : `median ${ms(events.gapMs.p50)}, worst ${ms(events.gapMs.max)}`],
    [
      'end',
      end === null
        ? ''
        : `${end.reason} after ${showMs(end.afterMs)}, ${showMs(end.quietMs)} after the last byte`,
    ],
    ['TLS', tls === null ? '' : [tls.protocol, tls.alpn, tls.issuer].filter(Boolean).join(', ')],
    ['seen', hop.intermediaries.map(({ id, evidence }) => `${id} (${evidence.join('; ')})`).join(', ')],
  ];
  const list = facts
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `<dt>${name}</dt><dd>${bdi(text)}</dd>`);
  const head =
    response === null
      ? ''
      : `<pre>${[`HTTP/${response.httpVersion} ${response.status}`, ...response.headers.map(([name, value]) => `${name}: ${value}`)].map(escapeXml).join('\n')}</pre>`;
  return `<details><summary>${bdi(hop.name)}: all that was measured</summary><dl>${list.join('')}</dl>${head}</details>`;
}
