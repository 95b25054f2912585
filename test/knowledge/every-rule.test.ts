import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/knowledge/rules/index.ts';
import { runRules } from '../../src/knowledge/run-rules.ts';
import { FINDING_IDS, type FindingId, type JudgeOptions } from '../../src/types.ts';
import { ANSWER_FIXTURES } from './fixtures/answers.ts';
import { END_FIXTURES } from './fixtures/ends.ts';
import { EXPERIMENT_FIXTURES } from './fixtures/experiments.ts';
import type { Fixture, RuleFixtures } from './fixtures/fixture.ts';
import { HEADER_FIXTURES } from './fixtures/headers.ts';
import { HELD_FIXTURES } from './fixtures/held.ts';

const FIXTURES: Record<FindingId, RuleFixtures> = {
  ...HELD_FIXTURES,
  ...END_FIXTURES,
  ...ANSWER_FIXTURES,
  ...HEADER_FIXTURES,
  ...EXPERIMENT_FIXTURES,
};
const OPTIONS: JudgeOptions = { maxHoldMs: 180, maxFirstEventMs: null };

function judge({ hops, options }: Fixture): ReturnType<typeof runRules> {
  return runRules(hops, { ...OPTIONS, ...options });
}

describe('the rules', () => {
  it('are one per finding id', () => {
    expect(RULES.map((rule) => rule.id)).toEqual([...FINDING_IDS]);
  });

  it('live in a file named after the id', () => {
    const files = readdirSync(new URL('../../src/knowledge/rules/', import.meta.url));
    expect(files.sort()).toEqual(['index.ts', ...FINDING_IDS.map((id) => `${id}.ts`)].sort());
  });

  it('have a text a person can read, and public sources', () => {
    for (const rule of RULES) {
      expect(rule.title.length, rule.id).toBeLessThan(70);
      for (const text of [rule.summary, rule.looksLike, rule.why])
        expect(text, rule.id).toMatch(/^\S.{20,}[.)]$/s);
      expect(rule.sources.length, rule.id).toBeGreaterThan(0);
      for (const source of rule.sources) expect(source, rule.id).toMatch(/^https:\/\/\S+$/);
    }
  });
});

describe.each(FINDING_IDS)('%s', (id) => {
  const { fires, quiet } = FIXTURES[id];

  it('has fixtures on both sides', () => {
    expect(fires.length).toBeGreaterThan(0);
    expect(quiet.length).toBeGreaterThan(0);
  });

  it.each(fires)('is found: $name', (fixture) => {
    const { findings, warnings } = judge(fixture);
    const own = findings.filter((finding) => finding.id === id);
    expect(warnings).toEqual([]);
    expect(own.map((finding) => finding.hop)).toContain(fixture.at ?? own[0]?.hop ?? 'no hop');
    for (const finding of own) {
      expect(finding.explanation).toMatch(/^\S.{20,}[.)]$/s);
      expect(finding.explanation).not.toMatch(/undefined|null|NaN|\[object/);
      expect(finding.evidence.length).toBeGreaterThan(0);
    }
  });

  it.each(quiet)('is not found: $name', (fixture) => {
    const { findings, warnings } = judge(fixture);
    expect(warnings).toEqual([]);
    expect(findings.map((finding) => finding.id)).not.toContain(id);
  });
});
