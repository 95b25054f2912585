import { abortPhrase, CURE_WORDS } from '../../src/knowledge/explain.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary, Kind, TimeLimit } from '../../src/knowledge/intermediary.ts';
import { configFiles } from './config-files.ts';
import { KIND_WORDS } from './kind-words.ts';
import { cell, page, table } from './markdown.ts';

/** A folder with more files than these is shown as one link. */
const MOST_FILES = 4;

const COLUMNS = [
  'product',
  'by default',
  '`X-Accel-Buffering: no`',
  '`Incremental: ?1`',
  '`no-transform`',
  'cuts a quiet stream after',
  'cuts any stream after',
  'tells the origin that a client left',
  'files',
  'how verified',
] as const;

/** configs/README.md. */
export function configsPage(): string {
  const kinds = Object.entries(KIND_WORDS) as [Kind, string][];
  return page(
    '# Configurations',
    'What stands between an event source and its client, and the configuration that makes it stream. `buffering.*` is how it goes wrong, usually the stock or a commonly copied configuration; every other file is how it goes right. Every line that matters carries its reason.',
    'How verified: a version and a day mean that tests of this repository run the real product with these files (`test/e2e/intermediaries-*.test.ts`): the probe names the product and the cause, and through `passthrough.*` the next event is sent only after the one before has arrived. *documented* means that nothing was run: the figures are those of the sources on the page of the product. *simulated* adds that a simulator repeats the documented behaviour, which shows that the probe understands it, and nothing about the product. Limits are defaults; a field that is empty is not known.',
    ...kinds.map(([kind, words]) => `## ${words}\n\n${productTable(kind)}`),
    `## Measured in these configurations\n\n${measuredTable()}`,
    'The configurations that are run listen on 127.0.0.1, port 8081 (buffering) or 8082 (passthrough), and forward to 127.0.0.1:8000, where `unclog origin` listens.',
  );
}

function productTable(wanted: Kind): string {
  const products = INTERMEDIARIES.filter(({ kind }) => kind === wanted);
  return table(COLUMNS, products.map(row));
}

function row(product: Intermediary): string[] {
  const { xAccelBuffering, incremental, incrementalSince, noTransform } = product.honours;
  // Of what was not run nobody knows more than that no source says it.
  const ignores = product.tried === undefined ? 'not known' : 'no';
  return [
    `[${product.name}](../docs/intermediaries.md#${product.id})`,
    product.byDefault ?? (product.holdsByDefault ? 'holds in a common set-up' : 'streams'),
    xAccelBuffering ? 'obeys' : ignores,
    incremental ? `obeys${incrementalSince === undefined ? '' : ` since ${incrementalSince}`}` : ignores,
    noTransform ? 'obeys' : ignores,
    limitWords(product, 'idle'),
    limitWords(product, 'total'),
    abortWords(product),
    fileLinks(product),
    verifiedWords(product),
  ];
}

/** "60 s (up to 4000 s)" for the shortest default. */
function limitWords(product: Intermediary, kind: TimeLimit['kind']): string {
  const limits = product.limits.filter((limit) => limit.kind === kind);
  const [shortest] = [...limits].sort((a, b) => a.seconds - b.seconds);
  if (shortest === undefined) return '';
  const { seconds, mostSeconds } = shortest;
  if (mostSeconds === undefined) return `${seconds} s`;
  return mostSeconds === seconds ? `${seconds} s, fixed` : `${seconds} s (up to ${mostSeconds} s)`;
}

function abortWords({ passesAborts }: Intermediary): string {
  return (passesAborts ?? []).map(abortPhrase).join('; ') || 'unknown';
}

function fileLinks(product: Intermediary): string {
  const readme = product.cannotRun === undefined ? [] : [`[README](${product.id}/README.md)`];
  const paths = configFiles(product);
  const folders = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))];
  const links = folders.flatMap((folder) => {
    const files = paths.filter((path) => path.startsWith(`${folder}/`));
    if (files.length > MOST_FILES) return [`[${files.length} files](${fromConfigs(`${folder}/`)})`];
    return files.map((path) => `[${path.split('/').at(-1)}](${fromConfigs(path)})`);
  });
  return [...readme, ...links].join(', ');
}

function fromConfigs(path: string): string {
  return path.startsWith('configs/') ? path.slice('configs/'.length) : `../${path}`;
}

/** A version and a day, or that nothing was run. */
export function verifiedWords({ tried, simulated }: Intermediary): string {
  if (tried !== undefined) return `${tried.version}, ${tried.date}`;
  return simulated === undefined ? '*documented*' : '*documented*, simulated';
}

function measuredTable(): string {
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
  return table(
    ['product', 'setting', 'shows', 'configurations', 'flows without a change of settings with'],
    rows,
  );
}
