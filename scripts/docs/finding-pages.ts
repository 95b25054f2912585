import { explain } from '../../src/knowledge/explain.ts';
import { fixesFor } from '../../src/knowledge/fixes.ts';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary } from '../../src/knowledge/intermediary.ts';
import { RULES } from '../../src/knowledge/rules/index.ts';
import { uselessEverywhere, uselessFor } from '../../src/knowledge/useless.ts';
import type { FindingId, Fix } from '../../src/types.ts';
import { fixBlock, type Pages, page, sourceList, table, uselessList } from './markdown.ts';

/** docs/findings.md, and one page for each finding. */
export function findingPages(): Pages {
  const pages: Pages = {
    'docs/findings.md': page(
      '# Findings',
      'What `unclog` can find. Each page says how it looks, why it happens, how to fix it for each product, how to be sure, and what does nothing. `unclog explain ID` prints the same. How verdicts come about is in [how-it-judges.md](how-it-judges.md).',
      table(
        ['finding', 'in a sentence'],
        RULES.map(({ id, title }) => [`[\`${id}\`](findings/${id}.md)`, title]),
      ),
    ),
  };
  for (const { id } of RULES) pages[`docs/findings/${id}.md`] = findingPage(id);
  return pages;
}

function findingPage(id: FindingId): string {
  const explanation = explain(id);
  if (explanation === null) throw new Error(`no explanation for ${id}`);
  const { title, paragraphs, sources } = explanation;
  const [means, looks, why] = paragraphs.map(({ text }) => text);
  const anywhere = fixesFor([], id).filter(({ where }) => where === 'origin' || where === 'gateway');
  const products = INTERMEDIARIES.filter(({ fixes }) => fixes.some((fix) => fix.for.includes(id)));
  const useless = [
    ...uselessEverywhere(id),
    ...INTERMEDIARIES.flatMap((product) => uselessFor(product, id)).filter(
      ({ advice }) => !/^(X-Accel-Buffering: no|Cache-Control: no-transform) from the origin$/.test(advice),
    ),
  ];
  return page(
    `# ${title}`,
    `\`${id}\`: ${means ?? ''}`,
    `## How it looks\n\n${looks ?? ''}`,
    `## Why it happens\n\n${why ?? ''}`,
    anywhere.length + products.length === 0 ? '' : '## How to fix it',
    ...anywhere.map((fix) => fixBlock(fix, `At the ${fix.where}`, '../../')),
    ...products.map((product) => productBlock(product, id)),
    `## How to be sure\n\n${surely(id)}`,
    useless.length === 0 ? '' : `## What does nothing\n\n${uselessList(useless, productName)}`,
    `## Tested\n\n${testedWith(products)}`,
    sourceList(sources),
  );
}

function productBlock(product: Intermediary, id: FindingId): string {
  const fixes = fixesFor([product.id], id).filter((fix) => ofProduct(product, fix));
  const because = product.because?.[id];
  const reason = typeof because === 'string' ? `\n\n${because}` : '';
  const heading = `### ${product.name}\n\n[What else it does](../intermediaries.md#${product.id})${reason}`;
  return [heading, ...fixes.map((fix) => fixBlock(fix, whereWords(product, fix), '../../'))].join('\n\n');
}

function ofProduct(product: Intermediary, fix: Fix): boolean {
  return product.fixes.some(({ change }) => change === fix.change);
}

function whereWords(product: Intermediary, fix: Fix): string {
  return fix.where === product.id ? 'Change' : `Change at: ${fix.where}`;
}

export function productName(where: string): string {
  return INTERMEDIARY_BY_ID.get(where)?.name ?? `at the ${where}`;
}

/** What settles whether it is this finding, in a command. */
function surely(id: FindingId): string {
  const common =
    'Measure the same stream on both sides of the hop, nearest to the origin first:\n\n```sh\nunclog app=http://127.0.0.1:8000/stream edge=https://www.example.com/stream\n```\n\n';
  if (/^(held|head|compressed|fixed)/.test(id)) {
    return `${common}The finding is \`proven\` where the nearer address delivers in time and the farther one does not. Change one line, measure again: \`streaming\` is the proof.`;
  }
  if (/^(cut|timed|truncated)/.test(id)) {
    return `${common}Watch longer than the suspected limit with \`--duration 2m\`. The same time twice is a limit; the nearer address going on shows which stretch has it.`;
  }
  if (/^(events|served)/.test(id)) {
    return `${common}Ids, numbers and stamps of the events are compared between the two.`;
  }
  return `${common}The evidence in the report names what was seen, and what was expected in its place.`;
}

function testedWith(products: readonly Intermediary[]): string {
  const tried = products.flatMap(({ name, tried }) =>
    tried === undefined ? [] : [`${name} ${tried.version} (${tried.date})`],
  );
  const rest =
    'What is marked *documented, not reproduced* was read in the sources it names and not run here.';
  return tried.length === 0 ? rest : `The real products: ${tried.join(', ')}. ${rest}`;
}
