import { CAUSES, type Cause } from '../../src/knowledge/causes.ts';
import { triedWords } from '../../src/knowledge/explain.ts';
import { fixesFor } from '../../src/knowledge/fixes.ts';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary } from '../../src/knowledge/intermediary.ts';
import { showMs } from '../../src/knowledge/phrases.ts';
import { QUESTIONS, type Question } from '../../src/knowledge/questions.ts';
import { uselessEverywhere, uselessFor } from '../../src/knowledge/useless.ts';
import type { Fix, UselessAdvice } from '../../src/types.ts';
import { productName } from './finding-pages.ts';
import { bullets, fixBlock, mark, type Pages, page, sourceList, table, uselessList } from './markdown.ts';

/** docs/why and docs/causes.md. */
export function whyPages(): Pages {
  const pages: Pages = {
    'docs/why/README.md': page(
      '# Why does my stream …?',
      'The questions people ask, each with the fix first, then how to be sure, what does nothing, and what was tested.',
      bullets(QUESTIONS.map(({ slug, question }) => `[${question}](${slug}.md)`)),
      'The same from the other side: [clients](../clients/README.md), [backends](../backends/README.md), [findings](../findings.md), [every known cause](../causes.md).',
    ),
    'docs/causes.md': causesPage(),
  };
  for (const question of QUESTIONS) pages[`docs/why/${question.slug}.md`] = whyPage(question);
  return pages;
}

function whyPage(one: Question): string {
  const products = one.products.map((id) => {
    const product = INTERMEDIARY_BY_ID.get(id);
    if (product === undefined) throw new Error(`${one.slug}: no product ${id}`);
    return product;
  });
  const useless = unique([
    ...products.flatMap((product) => one.findings.flatMap((id) => uselessFor(product, id))),
    ...one.findings.flatMap((id) => uselessEverywhere(id)),
  ]);
  const limits = products.flatMap(({ limits: all }) =>
    all.map(({ seconds, kind, setting }) => `${setting}: ${showMs(seconds * 1_000)} ${LIMIT_WORDS[kind]}`),
  );
  return page(
    `# ${one.question}`,
    one.answer,
    '## The fix',
    ...products.flatMap((product) => fixesOf(product, one)),
    `## How to be sure\n\nMeasure both sides of it at once, the application first:\n\n\`\`\`sh\nunclog app=http://127.0.0.1:8000/stream edge=https://www.example.com/stream\n\`\`\`\n\n${verdicts(one)}`,
    useless.length === 0 ? '' : `## What does nothing\n\n${uselessList(useless, productName)}`,
    limits.length === 0 ? '' : `## Time limits (defaults)\n\n${bullets([...new Set(limits)])}`,
    `## Versions and date\n\n${bullets(products.map((product) => `${product.name}: ${triedWords(product)}`))}`,
    sourceList(products.flatMap(({ sources }) => sources)),
  );
}

const LIMIT_WORDS = {
  idle: 'without a byte',
  total: 'after the request, busy or not',
  'first-byte': 'without a response head',
} as const;

function fixesOf(product: Intermediary, one: Question): string[] {
  const own = one.findings.flatMap((id) =>
    fixesFor([product.id], id).filter(({ change }) => product.fixes.some((fix) => fix.change === change)),
  );
  const origin: Fix[] = one.findings.flatMap((id) =>
    fixesFor([product.id], id).filter(
      ({ where, change }) => where === 'origin' && !own.some((fix) => fix.change === change),
    ),
  );
  const first = product.id === one.products[0];
  const fixes = byChange([...own, ...(first ? origin : [])]);
  return [
    `### ${product.name}\n\n${product.explain}`,
    ...fixes.map(({ fix, ids }) =>
      fixBlock(
        fix,
        `${fix.where === product.id ? 'Change' : `At: ${fix.where}`}, for ${ids.join(', ')}`,
        '../../',
      ),
    ),
  ];

  function byChange(list: readonly Fix[]): { fix: Fix; ids: string[] }[] {
    const seen = new Map<string, { fix: Fix; ids: string[] }>();
    for (const fix of list) {
      if (seen.has(fix.change)) continue;
      const ids = one.findings.filter((id) =>
        fixesFor([product.id], id).some((other) => other.change === fix.change),
      );
      seen.set(fix.change, { fix, ids: ids.map((id) => `[${id}](../findings/${id}.md)`) });
    }
    return [...seen.values()];
  }
}

function verdicts({ findings }: Question): string {
  const links = findings.map((id) => `[\`${id}\`](../findings/${id}.md)`).join(', ');
  return `It is this product where \`app\` is \`streaming\` and \`edge\` is not. What it finds then is one of: ${links}. After the change both are \`streaming\`.`;
}

function unique(list: readonly UselessAdvice[]): UselessAdvice[] {
  return list.filter(
    (one, i) => list.findIndex(({ where, advice }) => where === one.where && advice === one.advice) === i,
  );
}

function causesPage(): string {
  return page(
    '# Every known cause',
    'The inventory behind the findings and the products: what is known to hold, cut or change a stream, and where it is described.',
    table(
      ['cause', 'described in', 'how sure'],
      CAUSES.map((cause) => [cause.name, homeLink(cause), cause.home === null ? '' : mark(cause.standing)]),
    ),
  );
}

function homeLink(cause: Cause): string {
  if (cause.home === null) return `left out: ${cause.dropped}`;
  const [kind = '', id = ''] = cause.home.split(':');
  if (kind === 'intermediary') return `[${id}](intermediaries.md#${id})`;
  return `[${id}](${kind}s/${id}.md)`;
}
