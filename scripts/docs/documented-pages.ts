import { abortPhrase, explain } from '../../src/knowledge/explain.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary, SizeLimit, TimeLimit } from '../../src/knowledge/intermediary.ts';
import { showMs } from '../../src/knowledge/phrases.ts';
import { configFiles, configText } from './config-files.ts';
import { prose } from './intermediary-pages.ts';
import { bullets, code, fixBlock, type Pages, page, table, uselessList } from './markdown.ts';

const LIMIT_WORDS: Readonly<Record<TimeLimit['kind'], string>> = {
  'first-byte': 'no response head',
  idle: 'no byte',
  total: 'age of the request, busy or not',
};

/** configs/<product>/README.md for every product that no test can run. */
export function documentedPages(): Pages {
  const pages: Pages = {};
  for (const product of INTERMEDIARIES)
    if (product.cannotRun !== undefined) pages[`configs/${product.id}/README.md`] = readme(product);
  return pages;
}

function readme(product: Intermediary): string {
  const { fixes, doesNothing, sources } = explained(product.id);
  return page(
    `# ${product.name}`,
    `**documented**: nothing here was reproduced on the real product (${product.cannotRun}). It is what the sources below say.${simulatedWords(product)}`,
    product.explain,
    '## Settings',
    ...(fixes.length === 0 ? ['None that is known.'] : fixes.map(settingBlock)),
    ...configFiles(product).map(fileBlock),
    `## Limits\n\n${limitsBlock(product)}`,
    ...(product.sizes === undefined ? [] : [sizesTable(product.sizes)]),
    `A client that leaves: ${abortsWords(product)}`,
    `## How the probe recognises it\n\n${marksBlock(product)}`,
    `## What it honours\n\n${honoursTable(product)}`,
    `## Often advised, does nothing\n\n${doesNothing.length === 0 ? 'Nothing of the kind is known.' : uselessList(doesNothing, () => 'no').replaceAll('- no: ', '- ')}`,
    ...(product.notFound === undefined
      ? []
      : [`## Looked for in public sources and not found\n\n${bullets(product.notFound)}`]),
    `## How to be sure\n\nMeasure the application itself, and the same stream through it:\n\n${code('unclog app=http://127.0.0.1:8000/stream edge=https://www.example.com/stream', 'sh')}`,
    `## Sources\n\n${bullets(allSources(product, sources).map((url) => `<${url}>`))}`,
  );
}

function explained(id: string) {
  const explanation = explain(id);
  if (explanation === null) throw new Error(`no explanation for ${id}`);
  return explanation;
}

function simulatedWords({ simulated }: Intermediary): string {
  if (simulated === undefined) return '';
  const list = simulated.map(({ behaviour, finding }) => `${behaviour} (\`${finding}\`)`).join('; ');
  return ` A simulator repeats in the tests that it ${list}: this shows that the probe understands it, and nothing about the product.`;
}

function settingBlock(fix: ReturnType<typeof explained>['fixes'][number]): string {
  const { change, standing, config, section, versions } = fix;
  const parts = { change, standing, config, ...(section === null ? {} : { section }) };
  return fixBlock(versions === null ? parts : { ...parts, versions }, `In ${fix.where}`, '../../');
}

function fileBlock(path: string): string {
  const name = path.split('/').at(-1) ?? path;
  const { text, language } = configText(path);
  return `### ${name}\n\n[${name}](../../${path}):\n\n${code(text, language)}`;
}

function limitsBlock({ limits }: Intermediary): string {
  if (limits.length === 0) return 'None that is known.';
  return table(
    ['ends a stream after', 'by default', 'at most', 'setting', 'source'],
    limits.map(({ kind, seconds, mostSeconds, setting, source }) => [
      LIMIT_WORDS[kind],
      showMs(seconds * 1_000),
      mostSeconds === undefined ? 'not known' : mostWords(seconds, mostSeconds),
      setting,
      `<${source}>`,
    ]),
  );
}

function mostWords(seconds: number, mostSeconds: number): string {
  return seconds === mostSeconds ? 'cannot be changed' : `${mostSeconds} s`;
}

function sizesTable(sizes: readonly SizeLimit[]): string {
  return table(
    ['size', 'what happens there', 'source'],
    sizes.map(({ bytes, effect, source }) => [`${bytes.toLocaleString('en')} bytes`, effect, `<${source}>`]),
  );
}

function abortsWords({ passesAborts = [] }: Intermediary): string {
  if (passesAborts.length === 0) return 'unknown whether the origin is told.';
  const list = passesAborts.map(
    (one) => `${abortPhrase(one)}${one.how === 'documented' ? ` <${one.source}>` : ''}`,
  );
  return `the origin is told ${list.join('; ')}.`;
}

function marksBlock({ id, marks }: Intermediary): string {
  if (marks.length === 0) return 'Nothing in an answer tells that it stands on the way.';
  const label = explained(id).lists.find((list) => list.label === 'Recognised by');
  return bullets((label?.lines ?? []).map(prose));
}

function honoursTable({ honours }: Intermediary): string {
  const words = (obeyed: boolean): string => (obeyed ? 'obeyed' : 'no source says that it is obeyed');
  return table(
    ['from the origin', ''],
    [
      ['`X-Accel-Buffering: no`', words(honours.xAccelBuffering)],
      ['`Incremental: ?1`', words(honours.incremental)],
      ['`Cache-Control: no-transform`', words(honours.noTransform)],
    ],
  );
}

function allSources({ fixes, limits, ineffective }: Intermediary, sources: readonly string[]): string[] {
  const all = [...sources, ...[...fixes, ...limits, ...ineffective].map(({ source }) => source)];
  return [...new Set(all)];
}
