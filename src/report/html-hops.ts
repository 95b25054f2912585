import type { Report, ReportHop, Verdict } from '../types.ts';
import { escapeXml } from './escape-xml.ts';
import { bdi, shownMs } from './html-parts.ts';
import { blamedHop, culprit, seenProducts, verdictTone, verdictWord, worstHold } from './words.ts';
import { shareOf } from './words-of-hops.ts';

/** More hops than this stand below each other on any screen. */
const MOST_BESIDE = 4;

const SIGNS = { good: '\u2713', bad: '\u2717', unknown: '?' } as const;

/** What is written on the hop that is to blame, and on one that nothing nearer to the origin is compared with. */
const BLAMES: Readonly<Record<Verdict, readonly [blamed: string, orBefore: string]>> = {
  streaming: ['', ''],
  held: ['holds here', 'held here or before'],
  cut: ['cuts here', 'cut here or before'],
  altered: ['changes events here', 'changed here or before'],
  'not-a-stream': ['no stream from here on', 'no stream'],
  'no-events': ['no events from here on', 'no events'],
  unreachable: ['no answer from here on', 'no answer'],
  inconclusive: ['', ''],
};

/** The way from the source of the events to who measured: a box for each hop, and a sign on the one to blame. */
export function hopDiagram(report: Report): string {
  const { hops } = report;
  if (hops.length === 0) return '';
  const [blamed, first] = [blamedHop(report), report.verdict === 'streaming' ? null : culprit(report)];
  const boxes = hops.map((hop, i) => {
    const flows = hops.slice(0, i).every(({ verdict }) => verdict === 'streaming');
    const arrow = i === 0 && hop.verdict !== 'streaming' ? ' unsure' : flows ? '' : ' late';
    const [here, orBefore] = BLAMES[hop.verdict];
    const flag = hop === blamed ? here : hop === first ? orBefore : '';
    return hopBox(hop, { arrow, flag, several: hops.length > 1 });
  });
  const wide = hops.length <= MOST_BESIDE ? ' beside' : '';
  const allFlow = hops.every(({ verdict }) => verdict === 'streaming');
  const last = hops.at(-1)?.verdict ?? 'inconclusive';
  const end = allFlow ? '' : verdictTone(last) === 'unknown' ? ' unsure' : ' late';
  return `<ol class="way${wide}"><li class="end"><span class="name">sender of the events</span></li>${boxes.join('')}<li class="end${end}"><span class="name">you</span><span class="note">where this was measured</span></li></ol>`;
}

function hopBox(
  hop: ReportHop,
  { arrow, flag, several }: { arrow: string; flag: string; several: boolean },
): string {
  const tone = verdictTone(hop.verdict);
  const products = seenProducts(hop);
  const adds = several ? addedWords(hop) : null;
  return [
    `<li class="hop ${tone}${arrow}${flag === '' ? '' : ' blamed'}">`,
    flag === '' ? '' : `<strong class="flag">${flag}</strong>`,
    `<span class="name">${bdi(hop.name)}</span>`,
    `<span class="verdict ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${escapeXml(verdictWord(hop.verdict))}</span>`,
    products === '' ? '' : `<span class="note">${bdi(products)}</span>`,
    adds === null ? '' : `<span class="note">${escapeXml(adds)}</span>`,
    '</li>',
  ].join('');
}

/** What a late hop adds, or that it adds nothing to a hold before it; of others there is nothing to say. */
function addedWords(hop: ReportHop): string | null {
  if (hop.adds === undefined || (hop.adds.holdMs === null && hop.adds.blockBytes === null)) return null;
  return shareOf(hop).adds ?? (hop.verdict === 'held' ? 'adds nothing' : null);
}

const TITLES = ['hop', 'verdict', 'head', 'first event', 'worst hold', 'events', 'via'];
const TEXTS = ['hop', 'verdict', 'via'];

/** The numbers of each hop beside each other. */
export function hopTable(hops: readonly ReportHop[]): string {
  if (hops.length === 0) return '';
  const rows = hops.map(
    (hop) =>
      `<tr><th scope="row">${bdi(hop.name)}</th><td class="${verdictTone(hop.verdict)}">${escapeXml(verdictWord(hop.verdict))}</td>` +
      `<td class="number">${shownMs(hop.timings.responseHeadMs)}</td><td class="number">${shownMs(hop.timings.firstEventMs)}</td>` +
      `<td class="number">${escapeXml(worstHold(hop))}</td><td class="number">${hop.events.count}</td><td class="long">${bdi(seenProducts(hop))}</td></tr>`,
  );
  return `<div class="scroll" role="region" aria-label="Numbers of each hop" tabindex="0"><table><thead><tr>${TITLES.map(columnTitle).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** Numbers stand at the right, and so do their titles. */
function columnTitle(title: string): string {
  return `<th scope="col"${TEXTS.includes(title) ? '' : ' class="number"'}>${title}</th>`;
}
