import { describe, expect, it } from 'vitest';
import { detectIntermediaries } from '../../src/knowledge/detect.ts';
import { type ChunkStyle, chunkStyle } from '../../src/knowledge/wire-style.ts';
import { diagnose } from '../../src/probe/diagnose.ts';
import { FINDING_IDS, type FindingId, type Observation } from '../../src/types.ts';
import { readRecordings, recordAll, SCENARIOS } from '../support/record-fixtures.ts';

// UNCLOG_RECORD=1 npx vitest run test/knowledge/recorded.test.ts records them again, on a machine that is quiet.
if (process.env.UNCLOG_RECORD === '1') await recordAll((line) => process.stderr.write(`${line}\n`));

const RECORDINGS = readRecordings();

/** Findings whose fixtures stay synthetic, and why no recording can take their place. */
const SYNTHETIC: Partial<Record<FindingId, string>> = {
  'held-initially': 'no product that is installed here releases a first block and then flows',
  'held-unknown': 'a pattern that is not known is not reproducible',
  'cut-by-age': 'the products here have no limit of age below minutes',
  truncated: 'a crash leaves another trace each time',
  'events-lost': 'the products here lose none',
  'events-duplicated': 'the products here repeat none',
  'events-reordered': 'the products here reorder none',
  'bursty-origin': 'about the origin alone: no product takes part',
  'last-event-id-dropped': 'shown by an experiment, and a recording is of a stream that was only watched',
  'abort-not-propagated': 'shown by an experiment, and a recording is of a stream that was only watched',
  'request-body-held': 'shown by an experiment, and a recording is of a stream that was only watched',
  'slow-backend': 'needs an answer that never comes: a minute of silence',
  'no-events': 'needs a minute of silence',
  'tls-inspection': 'needs an inspecting product',
  'overloaded-prober': 'depends on the machine that records',
};

/** How each product writes the chunk sizes that have a letter; those that pass on the origin's chunks write as it does. */
const STYLES: Readonly<Record<string, ChunkStyle>> = {
  nginx: { letters: 'lower', leadingZeros: false },
  haproxy: { letters: 'upper', leadingZeros: false },
  caddy: { letters: 'lower', leadingZeros: false },
  apache: { letters: 'lower', leadingZeros: false },
  lighttpd: { letters: 'lower', leadingZeros: false },
  varnish: { letters: 'lower', leadingZeros: true },
  nghttpx: { letters: 'upper', leadingZeros: false },
  pushpin: { letters: 'lower', leadingZeros: false },
  squid: { letters: 'upper', leadingZeros: false },
  tinyproxy: { letters: 'lower', leadingZeros: false },
};

/** The same answer without the fields that name a product. */
function anonymous(observation: Observation): Observation {
  const { response } = observation;
  const names = /^(server|via|x-varnish|x-cache.*|alt-svc)$/i;
  const headers = response?.headers.filter(([name]) => !names.test(name)) ?? [];
  return { ...observation, response: response && { ...response, headers } };
}

describe('chunk sizes in the recordings', () => {
  it.each(Object.entries(STYLES))('of %s are written as expected', (product, style) => {
    const seen = [...RECORDINGS]
      .filter(([name]) => name.startsWith(`${product}-`))
      .flatMap(([, observations]) => chunkStyle(observations.at(-1) ?? null) ?? []);
    const lettered = seen.filter(({ letters }) => letters !== null);
    expect(lettered.length).toBeGreaterThan(0);
    for (const one of lettered) expect(one).toEqual(style);
  });

  it.each([
    ['haproxy-passthrough', 'haproxy', 'likely'],
    ['varnish-passthrough', 'varnish', 'likely'],
    ['nghttpx-passthrough', 'nghttpx', 'possible'],
    ['squid-passthrough', 'squid', 'possible'],
  ])('of %s name %s where no field does', (name, product, confidence) => {
    const [nearer, far] = (RECORDINGS.get(name) ?? []).map(anonymous);
    if (nearer === undefined || far === undefined) throw new Error(`not recorded: ${name}`);
    expect(detectIntermediaries(far, nearer)).toContainEqual(
      expect.objectContaining({ id: product, confidence }),
    );
  });

  it.each(['nginx-passthrough', 'apache-passthrough', 'lighttpd-passthrough', 'pushpin-passthrough'])(
    'of %s accuse none of those',
    (name) => {
      const [nearer, far] = (RECORDINGS.get(name) ?? []).map(anonymous);
      if (nearer === undefined || far === undefined) throw new Error(`not recorded: ${name}`);
      const ids = detectIntermediaries(far, nearer).map(({ id }) => id);
      for (const id of ['haproxy', 'varnish', 'nghttpx', 'squid']) expect(ids).not.toContain(id);
    },
  );
});

describe('recorded from real products', () => {
  it.each(SCENARIOS)('$name shows $fires', ({ name, fires, flows }) => {
    const observations = RECORDINGS.get(name);
    if (observations === undefined)
      throw new Error(`not recorded: UNCLOG_RECORD=1 vitest run ${import.meta.url}`);
    const report = diagnose(observations);
    const ids = report.findings.map(({ id }) => id);
    for (const id of fires) expect(ids).toContain(id);
    const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ id }) => id);
    if (flows) expect(errors).toEqual([]);
    else expect(errors.length + (report.verdict === 'unreachable' ? 1 : 0)).toBeGreaterThan(0);
  });

  it('recognises the product in front', () => {
    for (const [name, observations] of RECORDINGS) {
      const product = /^(nginx|haproxy|caddy|apache|lighttpd|varnish|nghttpx|pushpin|squid|tinyproxy)/.exec(
        name,
      )?.[0];
      if (product === undefined) continue;
      // The outer of two alike cannot be told from the inner one by its marks: one hop is enough.
      const sure = diagnose(observations).hops.flatMap(({ intermediaries }) =>
        intermediaries.filter(({ confidence }) => confidence !== 'possible').map(({ id }) => id),
      );
      expect(sure, name).toContain(product);
    }
  });

  it('are judged by every finding that a product here can show', () => {
    const recorded = new Set(SCENARIOS.flatMap(({ fires }) => fires));
    const missing = FINDING_IDS.filter((id) => !recorded.has(id) && SYNTHETIC[id] === undefined);
    expect(missing).toEqual([]);
  });

  it('are quiet somewhere for every finding that they show elsewhere', () => {
    const found = [...RECORDINGS.values()].map(
      (observations) => new Set(diagnose(observations).findings.map(({ id }) => id)),
    );
    for (const id of new Set(SCENARIOS.flatMap(({ fires }) => fires))) {
      expect(
        found.some((ids) => !ids.has(id)),
        id,
      ).toBe(true);
    }
  });

  it('hold no secret, and are small', () => {
    for (const [name, observations] of RECORDINGS) {
      const text = JSON.stringify(observations);
      expect(text, name).not.toMatch(/authorization|cookie/i);
      expect(text.length, name).toBeLessThan(200_000);
    }
  });
});
