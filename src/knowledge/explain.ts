import { FINDING_IDS, type FindingId, type Fix, type UselessAdvice } from '../types.ts';
import { docsLink, findingPage } from './docs-link.ts';
import { explainGuide, GUIDE_IDS, guidesNamed } from './explain-guide.ts';
import type { ExplainedFix, Explanation } from './explanation.ts';
import { fixesFor, standingOf } from './fixes.ts';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import type {
  AbortPassing,
  Cure,
  Intermediary,
  Mark,
  Measured,
  ProductFix,
  TimeLimit,
} from './intermediary.ts';
import { showMs } from './phrases.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { uselessEverywhere, uselessFor } from './useless.ts';

/** Ids of all findings, intermediaries, clients and backends. */
export const EXPLAINED_IDS: readonly string[] = [
  ...FINDING_IDS,
  ...INTERMEDIARIES.map(({ id }) => id),
  ...GUIDE_IDS,
];

/** What is known about an id; a client or backend may be named without its folder where that is clear. Null for others. */
export function explain(id: string): Explanation | null {
  const rule = RULES.find((one) => one.id === id);
  if (rule !== undefined) return explainRule(rule);
  const product = INTERMEDIARY_BY_ID.get(id);
  if (product !== undefined) return explainProduct(product);
  const [guide, other] = guidesNamed(id);
  return explainGuide(other === undefined ? (guide ?? id) : id);
}

function explainRule(rule: Rule): Explanation {
  const anyProduct = fixesFor([], rule.id).filter(({ where }) => where === 'origin' || where === 'gateway');
  const fixes = [
    ...anyProduct.map(ofFix),
    ...INTERMEDIARIES.flatMap((product) =>
      product.fixes.filter((fix) => fix.for.includes(rule.id)).map((fix) => explained(product, fix)),
    ),
  ];
  return {
    kind: 'finding',
    id: rule.id,
    title: rule.title,
    paragraphs: [
      { label: 'What it means', text: rule.summary },
      { label: 'How it looks', text: rule.looksLike },
      { label: 'Why it happens', text: rule.why },
    ],
    lists: [],
    fixes,
    doesNothing: [
      ...uselessEverywhere(rule.id),
      ...INTERMEDIARIES.flatMap((product) => uselessAdviceOf(product, rule.id)),
    ],
    docs: findingPage(rule.id),
    sources: rule.sources,
  };
}

/** Only what is said of the product itself: that it ignores headers is in its own page. */
function uselessAdviceOf(product: Intermediary, finding: FindingId): UselessAdvice[] {
  const advised = new Set(product.ineffective.map(({ advice }) => advice));
  return uselessFor(product, finding).filter(({ advice }) => advised.has(advice));
}

function ofFix(fix: Fix): ExplainedFix {
  return {
    where: fix.where,
    change: fix.change,
    section: fix.section ?? null,
    versions: fix.versions ?? null,
    standing: fix.standing ?? standingOf(fix),
    config: fix.config,
  };
}

function explained(product: Intermediary, fix: ProductFix): ExplainedFix {
  return {
    where: fix.where === undefined ? product.id : `${product.id}: ${fix.where}`,
    change: fix.change,
    section: fix.section,
    versions: fix.versions ?? null,
    standing: standingOf(fix),
    config: fix.config ?? null,
  };
}

/** "nginx 1.22.1, 2026-11-22", or that nothing of it was run here. */
export function triedWords(product: Intermediary): string {
  const { tried } = product;
  return tried === undefined
    ? `documented, not reproduced: no test of this project runs it${product.simulated === undefined ? '' : '; what is documented was simulated'}`
    : `tested here with version ${tried.version}, ${tried.date}`;
}

const LIMIT_WORDS = {
  idle: 'without a byte',
  total: 'after the request, busy or not',
  'first-byte': 'without a response head',
} as const;

function explainProduct(product: Intermediary): Explanation {
  const { honours, limits } = product;
  const ignored = product.tried === undefined ? 'no source says that it is obeyed' : 'ignored';
  const obeyed = [
    `X-Accel-Buffering: no: ${honours.xAccelBuffering ? 'obeyed' : ignored}`,
    `Incremental: ?1: ${honours.incremental ? 'obeyed' : ignored}`,
    `Cache-Control: no-transform: ${honours.noTransform ? 'obeyed' : `${ignored}, or nothing to obey`}`,
  ];
  return {
    kind: 'intermediary',
    id: product.id,
    title: product.name,
    paragraphs: [{ label: 'With event streams', text: product.explain }],
    lists: [
      { label: 'Recognised by', lines: product.marks.map(showMark) },
      { label: 'Headers from the origin', lines: obeyed },
      {
        label: 'Ends a stream after (defaults)',
        lines: limits.map(
          (limit) =>
            `${showMs(limit.seconds * 1_000)} ${LIMIT_WORDS[limit.kind]}: ${limit.setting}${mostWords(limit)}`,
        ),
      },
      {
        label: 'Sizes',
        lines: (product.sizes ?? []).map(
          ({ bytes, effect }) => `${bytes.toLocaleString('en')} bytes: ${effect}`,
        ),
      },
      { label: 'Tells the origin that a client left', lines: (product.passesAborts ?? []).map(abortPhrase) },
      { label: 'Looked for and not found', lines: [...(product.notFound ?? [])] },
      { label: 'Measured', lines: (product.measured ?? []).map(showMeasured) },
      { label: 'How sure', lines: [triedWords(product)] },
      { label: 'See also', lines: guidesNamed(product.id).map((id) => `unclog explain ${id}`) },
    ].filter(({ lines }) => lines.length > 0),
    fixes: uniqueFixes(product),
    doesNothing: uniqueAdvice(product),
    docs: docsLink(`docs/intermediaries.md#${product.id}`),
    sources: product.sources,
  };
}

function mostWords({ seconds, mostSeconds }: TimeLimit): string {
  if (mostSeconds === undefined) return '';
  return seconds === mostSeconds ? ', cannot be changed' : `, ${showMs(mostSeconds * 1_000)} at most`;
}

/** "at once (measured: configs/haproxy/passthrough.cfg)". */
export function abortPhrase({ passes, how, setting }: AbortPassing): string {
  return `${passes} (${how}: ${setting})`;
}

/** One entry per change, with what it is for. */
function uniqueFixes(product: Intermediary): ExplainedFix[] {
  const byChange = new Map<string, { fix: ProductFix; topics: Set<string> }>();
  for (const fix of product.fixes) {
    const entry = byChange.get(fix.change) ?? { fix, topics: new Set<string>() };
    for (const topic of fix.for) entry.topics.add(topic);
    byChange.set(fix.change, entry);
  }
  return [...byChange.values()].map(({ fix, topics }) => ({
    ...explained(product, fix),
    where: `${fix.where ?? product.id}, for ${[...topics].join(', ')}`,
  }));
}

function uniqueAdvice(product: Intermediary): UselessAdvice[] {
  const all = FINDING_IDS.flatMap((id) => uselessFor(product, id));
  return all.filter((one, i) => all.findIndex(({ advice }) => advice === one.advice) === i);
}

/** What each cure is called. */
export const CURE_WORDS: Readonly<Record<Cure, string>> = {
  'x-accel-buffering': 'X-Accel-Buffering: no',
  incremental: 'Incremental: ?1',
  'no-transform': 'Cache-Control: no-transform',
  'gateway-behind': 'the unclog gateway between it and the origin',
  'gateway-in-front': 'the unclog gateway between it and the client',
};

function showMeasured({ version, setting, finding, curedBy }: Measured): string {
  const cures = curedBy.map((cure) => CURE_WORDS[cure]).join('; ');
  return `version ${version}, ${setting}: ${finding}. Flows with: ${cures === '' ? 'a change of its settings only' : cures}.`;
}

function showMark(mark: Mark): string {
  if ('seen' in mark) return `${mark.what} (${mark.confidence})`;
  return `response field ${mark.field}${mark.matches === undefined ? '' : ` that matches ${mark.matches}`} (${mark.confidence})`;
}
