import { headerValues } from '../http/header-list.ts';
import type { DetectedIntermediary, Observation } from '../types.ts';
import { INTERMEDIARIES } from './intermediaries/index.ts';
import type { FieldMark, Intermediary, Mark } from './intermediary.ts';

type Level = DetectedIntermediary['confidence'];
const LEVELS: readonly Level[] = ['possible', 'likely', 'certain'];

interface Sighting {
  level: Level;
  version: string | null;
  evidence: string;
}

/** Values longer than this are cut in evidence. */
const SHOWN_CHARACTERS = 60;

/** Field values that may hold a secret: only the name is shown. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['set-cookie']);

/**
 * The intermediaries whose marks are in an answer, surest first.
 * @param nearer The answer of the hop one step nearer to the origin, if there is one: a mark that is already in it
 * may only have been passed on, and is then at most `possible`.
 */
export function detectIntermediaries(
  observation: Observation,
  nearer: Observation | null,
): DetectedIntermediary[] {
  const found: DetectedIntermediary[] = [];
  for (const product of INTERMEDIARIES) {
    const detected = detectOne(product, observation, nearer);
    if (detected !== null) found.push(detected);
  }
  return sorted(found);
}

function sorted(list: DetectedIntermediary[]): DetectedIntermediary[] {
  return list.sort((a, b) => LEVELS.indexOf(b.confidence) - LEVELS.indexOf(a.confidence));
}

function detectOne(
  product: Intermediary,
  observation: Observation,
  nearer: Observation | null,
): DetectedIntermediary | null {
  const sightings = product.marks.flatMap((mark) => sightingsOf(mark, observation, nearer));
  if (sightings.length === 0) return null;
  const level = sightings.map((one) => one.level).reduce(surer);
  return {
    id: product.id,
    version: sightings.find((one) => one.version !== null)?.version ?? null,
    confidence: level,
    evidence: [...new Set(sightings.map((one) => one.evidence))],
  };
}

function surer(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b;
}

function sightingsOf(mark: Mark, observation: Observation, nearer: Observation | null): Sighting[] {
  if ('seen' in mark) {
    const evidence = mark.seen(observation, nearer);
    return evidence === null ? [] : [{ level: mark.confidence, version: null, evidence }];
  }
  const inherited = new Set(fieldSightings(mark, nearer).map((one) => one.evidence));
  return fieldSightings(mark, observation).map((one) =>
    inherited.has(one.evidence)
      ? { ...one, level: 'possible', evidence: `${one.evidence} (the hop before sends it too)` }
      : one,
  );
}

function fieldSightings(mark: FieldMark, observation: Observation | null): Sighting[] {
  const values = headerValues(observation?.response?.headers ?? [], mark.field);
  return values.flatMap((value) => {
    const match = (mark.matches ?? /^/).exec(value);
    if (match === null) return [];
    const shown = SECRET_FIELDS.has(mark.field)
      ? `${value.split('=', 1)[0] ?? ''}=…`
      : value.length > SHOWN_CHARACTERS
        ? `${value.slice(0, SHOWN_CHARACTERS)}…`
        : value;
    return [{ level: mark.confidence, version: match[1] ?? null, evidence: `${mark.field}: ${shown}` }];
  });
}
