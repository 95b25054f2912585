import type { Finding, Fix, Report } from '../types.ts';
import { escapeXml, escapeXmlLines } from './escape-xml.ts';
import { bdi } from './html-parts.ts';
import { evidenceValue, toldFindings } from './words.ts';

/** Every finding in full, gravest first; notes are folded away. */
export function findings(report: Report): string {
  const { main, warnings, infos } = toldFindings(report);
  return [...main, ...warnings, ...infos].map(findingBlock).join('');
}

function findingBlock(one: Finding): string {
  const { severity, id, confidence, hop, title, explanation, evidence, fixes, doesNothing, docs } = one;
  const measured = evidence.map(
    ({ expected, ...one }) =>
      `<li>${bdi(one.what)}: <strong>${bdi(evidenceValue(one))}</strong>${expected === undefined ? '' : ` (expected ${bdi(expected)})`}</li>`,
  );
  const [best, ...others] = fixes;
  return [
    `<article class="finding ${severity}"><h3>${severity}: ${bdi(title)}</h3>`,
    `<p class="meta">at ${bdi(hop)}, <code>${escapeXml(id)}</code>, ${escapeXml(confidence)}</p>`,
    explanation === '' ? '' : `<p>${bdi(explanation)}</p>`,
    measured.length === 0 ? '' : `<p class="what">Evidence</p><ul>${measured.join('')}</ul>`,
    best === undefined ? '' : fixBlock(best),
    others.length === 0
      ? ''
      : `<details><summary>Other fixes: ${others.length}</summary>${others.map(fixBlock).join('')}</details>`,
    doesNothing === undefined
      ? ''
      : `<p class="what">Often tried, does nothing:</p><ul>${doesNothing.map(({ advice, why, standing }) => `<li><code>${escapeXml(advice)}</code>: ${bdi(why)} (${bdi(standing)})</li>`).join('')}</ul>`,
    docs === undefined ? '' : `<p class="meta">Page: ${link(docs)}</p>`,
    '</article>',
  ].join('');
}

function fixBlock({ where, change, proven, config, source, section, versions, standing }: Fix): string {
  const tested = proven ? `, tested${config === null ? '' : ` (<code>${escapeXml(config)}</code>)`}` : '';
  const noted = [section, versions, proven ? undefined : standing];
  const notes = noted.flatMap((note) => (note === undefined ? [] : [`, ${bdi(note)}`])).join('');
  return `<div class="fix"><p>Fix in ${bdi(where)}${tested}${notes}:</p>${codeBlock(change)}<p class="meta">${link(source)}</p></div>`;
}

/** Lines to paste. The page's script puts a button for that beside them. */
export function codeBlock(lines: string): string {
  return `<div class="code"><pre><code>${escapeXmlLines(lines)}</code></pre></div>`;
}

/** Anything but a web address stays text: a link could carry a script. */
function link(address: string): string {
  return /^https?:\/\//i.test(address)
    ? `<a href="${escapeXml(address)}" rel="noreferrer">${bdi(address)}</a>`
    : bdi(address);
}
