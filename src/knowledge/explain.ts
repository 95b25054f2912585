import { FINDING_IDS } from '../types.ts';
import { fixesFor } from './fixes.ts';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import type { Cure, Intermediary, Mark, Measured, ProductFix } from './intermediary.ts';
import { showMs } from './phrases.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

/** A line or lines to paste, and where. */
export interface ExplainedFix {
  where: string;
  change: string;
  /** Configuration of this repository that has it, or null. */
  config: string | null;
}

/** What is known about a finding or an intermediary, for whoever shows it. */
export interface Explanation {
  kind: 'finding' | 'intermediary';
  id: string;
  title: string;
  /** Headed paragraphs. */
  paragraphs: { label: string; text: string }[];
  /** Headed lists of short lines. */
  lists: { label: string; lines: string[] }[];
  fixes: ExplainedFix[];
  sources: readonly string[];
}

/** Ids of all findings and intermediaries. */
export const EXPLAINED_IDS: readonly string[] = [...FINDING_IDS, ...INTERMEDIARIES.map(({ id }) => id)];

/** What is known about an id; null for an id that is neither a finding nor an intermediary. */
export function explain(id: string): Explanation | null {
  const rule = RULES.find((one) => one.id === id);
  if (rule !== undefined) return explainRule(rule);
  const product = INTERMEDIARY_BY_ID.get(id);
  return product === undefined ? null : explainProduct(product);
}

function explainRule(rule: Rule): Explanation {
  const anyProduct = fixesFor([], rule.id).filter(({ where }) => where === 'origin' || where === 'gateway');
  const fixes = [
    ...anyProduct.map(({ where, change, config }) => ({ where, change, config })),
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
    sources: rule.sources,
  };
}

function explained(product: Intermediary, fix: ProductFix): ExplainedFix {
  const where = fix.where === undefined ? product.id : `${product.id}: ${fix.where}`;
  return { where, change: fix.change, config: fix.config ?? null };
}

const LIMIT_WORDS = {
  idle: 'without a byte',
  total: 'after the request, busy or not',
  'first-byte': 'without a response head',
} as const;

function explainProduct(product: Intermediary): Explanation {
  const { honours, limits } = product;
  const obeyed = [
    `X-Accel-Buffering: no: ${honours.xAccelBuffering ? 'obeyed' : 'ignored'}`,
    `Incremental: ?1: ${honours.incremental ? 'obeyed' : 'ignored'}`,
    `Cache-Control: no-transform: ${honours.noTransform ? 'obeyed' : 'ignored, or nothing to obey'}`,
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
          (limit) => `${showMs(limit.seconds * 1_000)} ${LIMIT_WORDS[limit.kind]}: ${limit.setting}`,
        ),
      },
      { label: 'Measured', lines: (product.measured ?? []).map(showMeasured) },
    ].filter(({ lines }) => lines.length > 0),
    fixes: uniqueFixes(product),
    sources: product.sources,
  };
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

/** Ids that may have been meant: those that contain the text, then those a few letters away. */
export function suggestions(id: string): string[] {
  const wanted = id.toLowerCase();
  const containing = EXPLAINED_IDS.filter(
    (one) => wanted.length >= 3 && (one.includes(wanted) || wanted.includes(one)),
  );
  const close = EXPLAINED_IDS.map((one) => ({ one, away: distance(wanted, one) }))
    .filter(({ one, away }) => away <= Math.max(2, Math.floor(one.length / 4)))
    .sort((a, b) => a.away - b.away)
    .map(({ one }) => one);
  return [...new Set([...close, ...containing])].slice(0, 3);
}

/** Letters to insert, delete or replace to get from one word to the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
