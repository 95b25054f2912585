import { CURE_WORDS, explain } from '../../src/knowledge/explain.ts';
import type { Explanation } from '../../src/knowledge/explanation.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary, Kind } from '../../src/knowledge/intermediary.ts';
import { bullets, cell, fixBlock, type Pages, page, sourceList, table, uselessList } from './markdown.ts';

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  proxy: 'Proxies and servers',
  service: 'Services and delivery networks',
  gateway: 'API gateways',
  application: 'Inside or beside the application',
  tunnel: 'Tunnels',
  security: 'Firewalls, scanners and inspecting proxies',
};

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
      const { xAccelBuffering, incremental, noTransform } = product.honours;
      return [
        `[${product.name}](#${product.id})`,
        product.holdsByDefault ? '**yes**' : 'no',
        ...[xAccelBuffering, incremental, noTransform].map((obeyed) => (obeyed ? 'yes' : 'no')),
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
function prose(line: string): string {
  return line.replace(/ that matches (\/.*\/i?) \((\w+)\)$/, ' that matches `$1` ($2)');
}

function configsPage(): string {
  const rows = INTERMEDIARIES.flatMap((product) =>
    (product.measured ?? []).map(({ version, setting, finding, config: given, curedBy }) => {
      const first = product.fixes.find((fix) => fix.for.includes(finding))?.config;
      const config = (given ?? first)?.replace('configs/', '');
      if (config === undefined) throw new Error(`${product.id}: no configuration cures ${finding}`);
      return [
        `[${cell(product.name)}](../docs/intermediaries.md#${product.id}) ${version}`,
        setting,
        `[\`${finding}\`](../docs/findings/${finding}.md)`,
        `[buffering](${config.replace('/passthrough', '/buffering')}), [passthrough](${config})`,
        curedBy.length === 0 ? 'nothing' : curedBy.map((cure) => CURE_WORDS[cure]).join('; '),
      ];
    }),
  );
  return page(
    '# Configurations',
    'For each product one configuration that holds or cuts a stream, and one that lets it flow: every line that matters carries its reason. Tests run all of them on the real products (`test/e2e/intermediaries-*.test.ts`): the probe names the product and the cause, the first line it offers is in `passthrough`, and through `passthrough` the next event is sent only after the one before has arrived.',
    table(['product', 'setting', 'shows', 'configurations', 'flows without a change of settings with'], rows),
    'They listen on 127.0.0.1, port 8081 (buffering) or 8082 (passthrough), and forward to 127.0.0.1:8000, where `unclog origin` listens.',
  );
}
