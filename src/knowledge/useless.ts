import type { FindingId, HopFacts, RuleContext, UselessAdvice } from '../types.ts';
import { suspectsAt } from './blame.ts';
import { INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import {
  BUFFER_HOLDS,
  COMPRESSION,
  type Ineffective,
  type Intermediary,
  TIMER_HOLDS,
} from './intermediary.ts';

interface GeneralAdvice extends Omit<Ineffective, 'source'> {
  where: UselessAdvice['where'];
}

/** So many are told with a finding: those of the product that was recognised first. */
const MOST_TOLD = 4;

/** What is often tried whatever the product, and helps nowhere. */
const EVERYWHERE: readonly GeneralAdvice[] = [
  {
    where: 'origin',
    for: ['held-until-close', 'held-until-full', 'held-initially', 'head-held'],
    advice: 'padding (a comment of some kilobytes at the start)',
    why: 'It pushes the first bytes through a buffer once; the events after it wait again.',
    tested: true,
  },
  {
    where: 'origin',
    for: ['held-until-close', 'held-until-full', 'cut-when-idle', 'cut-by-age'],
    advice: 'Connection: keep-alive in the response head',
    why: 'It is about the connection after the answer, and the default of HTTP/1.1.',
    tested: true,
  },
  {
    where: 'origin',
    for: ['cut-by-age'],
    advice: 'heartbeats',
    why: 'A limit of age counts from the request, busy or not. End the stream before it and continue after Last-Event-ID.',
  },
  {
    where: 'origin',
    for: ['cut-when-idle'],
    advice: 'TCP keep-alive',
    why: 'Its probes stay between two kernels: no proxy counts them as a byte of the stream.',
  },
  {
    where: 'client',
    for: [...BUFFER_HOLDS, ...TIMER_HOLDS, 'held-one-behind'],
    advice: 'another client library',
    why: 'The probe read the same bytes from the socket and got them late: no client can have them sooner.',
  },
];

/** Holds that a header of the origin is tried against. */
const HEADER_TRIED: readonly FindingId[] = [...BUFFER_HOLDS, ...TIMER_HOLDS, 'held-one-behind'];

/** Advice that does nothing for a product and a finding, from the knowledge base and from what the product ignores. */
export function uselessFor(product: Intermediary, finding: FindingId): UselessAdvice[] {
  const own = product.ineffective.filter(({ for: topics }) => topics.includes(finding));
  return [...own.map((one) => told(product.id, one)), ...ignoredHeaders(product, finding)];
}

/** Advice that does nothing whatever stands on the way. */
export function uselessEverywhere(finding: FindingId): UselessAdvice[] {
  return EVERYWHERE.filter(({ for: topics }) => topics.includes(finding)).map((one) => told(one.where, one));
}

function told(where: string, { advice, why, tested }: Omit<Ineffective, 'source'>): UselessAdvice {
  return { where, advice, why, standing: tested ? 'tested here' : 'documented, not reproduced' };
}

/** What a product that holds is not moved by, as its entry says. */
function ignoredHeaders(product: Intermediary, finding: FindingId): UselessAdvice[] {
  const { honours, name, id } = product;
  if (!product.holdsByDefault && product.because?.[finding] === undefined) return [];
  const run = product.tried !== undefined;
  const standing = run ? 'tested here' : 'documented, not reproduced';
  const list: UselessAdvice[] = [];
  if (HEADER_TRIED.includes(finding) && !honours.xAccelBuffering) {
    list.push({
      where: id,
      advice: 'X-Accel-Buffering: no from the origin',
      why: run ? `${name} does not look at it.` : `No source says that ${name} looks at it.`,
      standing,
    });
  }
  if (COMPRESSION.includes(finding) && !honours.noTransform) {
    list.push({
      where: id,
      advice: 'Cache-Control: no-transform from the origin',
      why: run
        ? `${name} does not look at it, or not in every set-up.`
        : `No source says that ${name} looks at it in every set-up.`,
      standing,
    });
  }
  return list;
}

/** What is likely to be tried against a finding at a hop, and does nothing there. */
export function uselessAt({ hop }: Pick<RuleContext, 'hop'>, finding: FindingId): UselessAdvice[] {
  const products = likelyProducts(hop, finding);
  const own = products.flatMap((product) => uselessFor(product, finding));
  return [...own.slice(0, MOST_TOLD), ...uselessEverywhere(finding)].slice(0, MOST_TOLD);
}

/** "Often tried and no use here: a and b." for the text of a finding; null where nothing is known. */
export function uselessSentence(context: Pick<RuleContext, 'hop'>, finding: FindingId): string | null {
  const own = likelyProducts(context.hop, finding).flatMap((product) => uselessFor(product, finding));
  const [first, second] = own;
  if (first === undefined) return null;
  const also = second === undefined ? '' : ` and "${second.advice}"`;
  return `Often tried and no use here: "${first.advice}"${also}.`;
}

function likelyProducts(hop: HopFacts, finding: FindingId): Intermediary[] {
  return suspectsAt(hop, finding)
    .filter(({ confidence }) => confidence !== 'possible')
    .flatMap(({ id }) => INTERMEDIARY_BY_ID.get(id) ?? []);
}
