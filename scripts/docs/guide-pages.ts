import { BACKENDS } from '../../src/knowledge/backends/index.ts';
import { CLIENTS } from '../../src/knowledge/clients/index.ts';
import type { BackendGuide, ClientGuide, Mistake } from '../../src/knowledge/guide.ts';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { bullets, code, mark, type Pages, page, sourceList, table } from './markdown.ts';

/** docs/clients and docs/backends. */
export function guidePages(): Pages {
  const pages: Pages = {
    'docs/clients/README.md': page(
      '# When every hop streams: the client',
      'The probe says `streaming`, and the program that should show the events does not? Then the events are in that program already. One page for each client: the wrong few lines, the right ones, and how to be sure.',
      table(
        ['client', 'question'],
        CLIENTS.map(({ id, name, question }) => [`[${name}](${id}.md)`, question]),
      ),
    ),
    'docs/backends/README.md': page(
      '# What an application should send',
      'The few lines that make a stream flow through what stands in front: the content type, `Cache-Control: no-cache, no-transform`, `X-Accel-Buffering: no`, a first byte at once, one write per event, and a comment every 15 seconds.',
      table(
        ['backend', 'question'],
        BACKENDS.map(({ id, name, question }) => [`[${name}](${id}.md)`, question]),
      ),
    ),
  };
  for (const guide of CLIENTS) pages[`docs/clients/${guide.id}.md`] = clientPage(guide);
  for (const guide of BACKENDS) pages[`docs/backends/${guide.id}.md`] = backendPage(guide);
  return pages;
}

function clientPage(guide: ClientGuide): string {
  return page(
    `# ${guide.question}`,
    guide.name,
    ...guide.mistakes.map((mistake) => mistakeBlock(mistake, guide.language)),
    `## How to be sure\n\n${guide.sure}`,
    guide.doesNothing.length === 0 ? '' : `## What does nothing\n\n${bullets(guide.doesNothing)}`,
    `## Tested\n\n${triedWords(guide.tried)}`,
    sourceList(guide.sources),
  );
}

function mistakeBlock(
  { symptom, wrong, right, why, looksLike, standing }: Mistake,
  language: string,
): string {
  const alike = (looksLike ?? []).map((id) => `[\`${id}\`](../findings/${id}.md)`).join(', ');
  return [
    `## ${symptom}`,
    ...(wrong === undefined ? [] : [`Not:\n\n${code(wrong, language)}`]),
    `${wrong === undefined ? 'Write' : 'But'} (${mark(standing)}):\n\n${code(right, language)}`,
    why,
    ...(alike === '' ? [] : [`A hop that holds looks the same from here: ${alike}.`]),
  ].join('\n\n');
}

function backendPage(guide: BackendGuide): string {
  const products = guide.products.map((id) => {
    const product = INTERMEDIARY_BY_ID.get(id);
    if (product === undefined) throw new Error(`${guide.id}: no product ${id}`);
    return `[${product.name}](../intermediaries.md#${id})`;
  });
  return page(
    `# ${guide.question}`,
    `${guide.name}. What to send:`,
    code(guide.code, guide.language),
    `## What goes wrong\n\n${bullets(guide.pitfalls)}`,
    `## How to be sure\n\nMeasure the application itself, then through what stands in front of it:\n\n${code('unclog app=http://127.0.0.1:8000/stream edge=https://www.example.com/stream', 'sh')}\n\nWhat stands in front or inside: ${products.join(', ')}.`,
    guide.doesNothing.length === 0 ? '' : `## What does nothing\n\n${bullets(guide.doesNothing)}`,
    `## Tested\n\n${triedWords(guide.tried)}`,
    sourceList(guide.sources),
  );
}

function triedWords(tried: { version: string; date: string } | undefined): string {
  return tried === undefined
    ? '*Documented, not reproduced*: no test of this project runs these lines.'
    : `${tried.version}, ${tried.date}. What is marked *documented, not reproduced* was not run.`;
}
