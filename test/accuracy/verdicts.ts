import type { DetectedIntermediary, Finding, Report, ReportHop } from '../../src/types.ts';
import {
  type Confidence,
  type Expected,
  type ExpectedProduct,
  expectedOf,
  type Row,
  STREAMING,
} from './row.ts';
import type { StreamId } from './streams.ts';

/** How the probe saw a stream: beside the origin and the hops before it, or through the outermost hop alone. */
export const VIEWS = ['beside', 'alone'] as const;
export type View = (typeof VIEWS)[number];

/** What is compared with the expectation. `place`: which hop is told to be the first that does not stream. */
export const ASPECTS = ['verdict', 'kind', 'product', 'fix', 'place'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** Expected and got, in words; null where the aspect does not apply. */
export type Comparison = Record<Aspect, { expected: string; got: string; right: boolean } | null>;

/** Compares a report with what the row expects. */
export function compare(row: Row, stream: StreamId, view: View, report: Report): Comparison {
  const expected = expectedOf(row, stream);
  const hop = report.hops.at(-1);
  if (hop === undefined) throw new Error('a report without a hop');
  const findings = report.findings.filter((one) => one.hop === hop.name);
  return {
    verdict: compareVerdict(expected, view, hop, findings),
    kind: compareKind(expected, hop),
    product: compareProduct(row, expected.product ?? row.product, view, hop),
    fix: compareFix(row, stream, view, findings),
    place: view === 'beside' ? comparePlace(row, stream, report) : null,
  };
}

function compareVerdict(
  { verdict, findings = [], besideFindings = [] }: Expected,
  view: View,
  hop: ReportHop,
  found: Finding[],
): Comparison['verdict'] {
  const wanted = view === 'beside' ? [...findings, ...besideFindings] : findings;
  const missing = wanted.filter((id) => !found.some((one) => one.id === id));
  const without = hop.verdict === verdict && missing.length > 0 ? ` without ${missing.join(', ')}` : '';
  const got = `${hop.verdict}${without}`;
  return { expected: verdict, got, right: got === verdict };
}

function compareKind({ kinds, blockBytes, periodMs }: Expected, hop: ReportHop): Comparison['kind'] {
  const [best = 'none'] = kinds ?? [];
  const kind = hop.hold?.kind ?? 'none';
  const wrongBlock = blockBytes !== undefined && hop.hold?.blockBytes !== blockBytes;
  const period = hop.hold?.periodMs ?? 0;
  const wrongPeriod = periodMs !== undefined && (period < periodMs[0] || period > periodMs[1]);
  const known = kinds === null ? kind === 'none' : (kinds as readonly string[]).includes(kind);
  if (known && wrongBlock)
    return { expected: best, got: `${kind} of ${hop.hold?.blockBytes} bytes`, right: false };
  if (known && wrongPeriod) return { expected: best, got: `${kind} of ${period} ms`, right: false };
  return { expected: best, got: known ? best : kind, right: known };
}

const LEVELS: readonly Confidence[] = ['possible', 'likely', 'certain'];

function compareProduct(
  row: Row,
  wanted: ExpectedProduct | null,
  view: View,
  hop: ReportHop,
): Comparison['product'] {
  const level = wanted?.[view] ?? null;
  const there = new Set([wanted?.id, ...(row.alsoThere ?? [])]);
  const wrong = hop.intermediaries.find(({ id, confidence }) => confidence !== 'possible' && !there.has(id));
  const found = hop.intermediaries.find(({ id }) => id === wanted?.id);
  const expected = wanted === null || level === null ? 'none' : wanted.id;
  if (wrong !== undefined) return { expected, got: named(wrong), right: false };
  if (wanted === null || level === null) return { expected, got: 'none', right: true };
  if (found === undefined) return { expected, got: 'none', right: false };
  const sure = LEVELS.indexOf(found.confidence) >= LEVELS.indexOf(level);
  return { expected, got: sure ? wanted.id : named(found), right: sure };
}

function named({ id, confidence }: DetectedIntermediary): string {
  return `${id}, ${confidence}`;
}

/** Is the first change offered for the product the one that cures it? */
function compareFix(row: Row, stream: StreamId, view: View, found: Finding[]): Comparison['fix'] {
  const expected = expectedOf(row, stream);
  const product = expected.product ?? row.product;
  const wanted = expected.fix ?? (expected.kinds === null ? undefined : row.fix);
  const inner = row.inner?.[stream] ?? [];
  // What a nearer hop does is that hop's to change.
  const innocent = inner.some(({ verdict }) => verdict !== 'streaming');
  // Nobody can offer a line for a product that nothing names.
  if (wanted === undefined || (product?.[view] ?? null) === null || innocent) return null;
  const errors = found.filter(({ severity }) => severity === 'error');
  const first = errors.flatMap(({ fixes }) => fixes).find(({ where }) => where === product?.id);
  const right = first?.change.includes(wanted) ?? false;
  const got = right ? wanted : (first?.change.split('\n', 1)[0] ?? 'none');
  return { expected: wanted, got, right };
}

function comparePlace(row: Row, stream: StreamId, report: Report): Comparison['place'] {
  if (row.hops.length < 2) return null;
  const expected = [STREAMING, ...row.hops.map((_, i) => row.inner?.[stream]?.[i] ?? STREAMING)];
  expected[row.hops.length] = expectedOf(row, stream);
  const nameOf = (verdicts: string[]) => {
    const first = verdicts.findIndex((verdict) => verdict !== 'streaming');
    return first < 0 ? 'nowhere' : (report.hops[first]?.name ?? '?');
  };
  const wanted = nameOf(expected.map(({ verdict }) => verdict));
  const got = nameOf(report.hops.map(({ verdict }) => verdict));
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  const blamed = wanted === 'nowhere' || errors.length === 0 ? wanted : (errors[0]?.hop ?? '?');
  return { expected: wanted, got: got === wanted ? blamed : got, right: got === wanted && blamed === wanted };
}
