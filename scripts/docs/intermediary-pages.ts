import { explain } from '../../src/knowledge/explain.ts';
import type { Explanation } from '../../src/knowledge/explanation.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary, Kind } from '../../src/knowledge/intermediary.ts';
import { configsPage } from './configs-page.ts';
import { KIND_WORDS } from './kind-words.ts';
import { bullets, fixBlock, type Pages, page, sourceList, table, uselessList } from './markdown.ts';

/** docs/intermediaries.md and configs/README.md. */
export function intermediaryPages(): Pages {
  return { 'docs/intermediaries.md': allProducts(), 'configs/README.md': configsPage() };
}

function allProducts(): string {
  const kinds = Object.entries(KIND_WORDS) as [Kind, string][];
  return page(
    '# Intermediaries',
    'What stands between an event source and its client, what it does with a stream by default, the lines that change it, and what is often tried in vain. `unclog explain ID` prints the same. Defaults change with versions: what was run here says with which version and when, everything else is *documented, not reproduced*.',
    ...kinds.map(([kind, words]) => `**${words}**\n\n${overview(kind)}`),
    ...INTERMEDIARIES.map(({ id }) => section(id)),
  );
}

function overview(wanted: Kind): string {
  return table(
    [
      'product',
      'holds in a common default set-up',
      'obeys `X-Accel-Buffering: no`',
      'obeys `Incremental: ?1`',
      'obeys `no-transform`',
      'cuts a quiet stream after',
      'cuts any stream after',
      'tested here',
    ],
    INTERMEDIARIES.filter(({ kind }) => kind === wanted).map((product) => {
      const { xAccelBuffering, incremental, incrementalSince, noTransform } = product.honours;
      const since = incrementalSince === undefined ? '' : `, since ${incrementalSince}`;
      return [
        `[${product.name}](#${product.id})`,
        product.holdsByDefault ? '**yes**' : 'no',
        xAccelBuffering ? 'yes' : 'no',
        incremental ? `yes${since}` : 'no',
        noTransform ? 'yes' : 'no',
        shortest(product, 'idle'),
        shortest(product, 'total'),
        product.tried?.version ?? 'documented',
      ];
    }),
  );
}

function shortest(product: Intermediary, kind: 'idle' | 'total'): string {
  const seconds = product.limits.filter((limit) => limit.kind === kind).map((limit) => limit.seconds);
  return seconds.length === 0 ? '' : `${Math.min(...seconds)} s`;
}

function section(id: string): string {
  const explanation = explain(id);
  if (explanation === null) throw new Error(`no explanation for ${id}`);
  const { title, paragraphs, lists, fixes, doesNothing, sources } = explanation;
  return [
    `## ${id}`,
    `**${title}.** ${paragraphs[0]?.text ?? ''}`,
    ...lists.map(({ label, lines }) => `${label}:\n\n${bullets(lines.map(prose))}`),
    ...fixes.map((fix) => fixBlock(ofExplained(fix), `In ${fix.where}`, '../')),
    ...(doesNothing.length === 0
      ? []
      : [`Often tried, does nothing:\n\n${uselessList(doesNothing, () => 'no')}`.replaceAll('- no: ', '- ')]),
    sourceList(sources),
  ].join('\n\n');
}

function ofExplained(fix: Explanation['fixes'][number]): Parameters<typeof fixBlock>[0] {
  const { change, standing, config, section: place, versions } = fix;
  return {
    change,
    standing,
    config,
    ...(place === null ? {} : { section: place }),
    ...(versions === null ? {} : { versions }),
  };
}

/** A pattern is code, so that Markdown leaves its characters alone. */
export function prose(line: string): string {
  return line.replace(/ that matches (\/.*\/i?) \((\w+)\)$/, ' that matches `$1` ($2)');
}
