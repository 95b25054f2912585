import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/knowledge/backends/index.ts';
import { CAUSES } from '../../src/knowledge/causes.ts';
import { CLIENTS } from '../../src/knowledge/clients/index.ts';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { QUESTIONS } from '../../src/knowledge/questions.ts';
import { RULES } from '../../src/knowledge/rules/index.ts';
import { FINDING_IDS } from '../../src/types.ts';

const EXISTING: Readonly<Record<string, readonly string[]>> = {
  intermediary: INTERMEDIARIES.map(({ id }) => id),
  finding: RULES.map(({ id }) => id),
  client: CLIENTS.map(({ id }) => id),
  backend: BACKENDS.map(({ id }) => id),
};

/** Causes that were collected before the knowledge base was written. */
const LEAST_CAUSES = 101;

describe('the inventory of causes', () => {
  it('has lost none', () => {
    expect(CAUSES.length).toBeGreaterThanOrEqual(LEAST_CAUSES);
    expect(new Set(CAUSES.map(({ name }) => name)).size).toBe(CAUSES.length);
  });

  it.each(CAUSES.filter(({ home }) => home !== null))('$name is described where it says', ({ home }) => {
    const [kind = '', id = ''] = (home ?? '').split(':');
    expect(EXISTING[kind]).toContain(id);
  });

  it('gives a reason for every cause that was left out', () => {
    for (const cause of CAUSES)
      if (cause.home === null) expect(cause.dropped, cause.name).toMatch(/^.{30,}$/);
  });

  it('calls a cause tested only at an entry that tests run', () => {
    for (const cause of CAUSES) {
      if (cause.home === null || cause.standing !== 'tested here') continue;
      const [kind, id = ''] = cause.home.split(':');
      if (kind === 'intermediary') expect(INTERMEDIARY_BY_ID.get(id)?.tried, cause.name).toBeDefined();
    }
  });
});

describe('an intermediary', () => {
  it.each(INTERMEDIARIES)(
    '$id tells what it does and where each line belongs, with public sources',
    (product) => {
      expect(product.explain).toMatch(/^\S.{40,}\.$/s);
      expect(product.sources.length).toBeGreaterThan(0);
      for (const source of product.sources) expect(source).toMatch(/^https:\/\/\S+$/);
      for (const fix of product.fixes) {
        expect(fix.section).toMatch(/^\S.{2,}$/);
        expect(fix.source).toMatch(/^https:\/\/\S+$/);
      }
      for (const { advice, why, source } of product.ineffective) {
        expect(advice.length).toBeGreaterThan(3);
        expect(why).toMatch(/^\S.{15,}\.$/s);
        expect(source).toMatch(/^https:\/\/\S+$/);
      }
    },
  );

  it('is called tested only with a version and a day', () => {
    for (const { id, tried, fixes } of INTERMEDIARIES) {
      if (tried !== undefined) expect(tried.date, id).toMatch(/^\d{4}-\d\d-\d\d$/);
      for (const fix of fixes) if (fix.proven) expect(tried, `${id}: ${fix.change}`).toBeDefined();
    }
  });
});

describe('a page for a client, a backend or a question', () => {
  it('names entries that exist only', () => {
    for (const { id, mistakes } of CLIENTS)
      for (const mistake of mistakes)
        for (const finding of mistake.looksLike ?? []) expect(FINDING_IDS, id).toContain(finding);
    for (const { id, products } of BACKENDS)
      for (const product of products) expect(EXISTING.intermediary, id).toContain(product);
    for (const { slug, products, findings } of QUESTIONS) {
      for (const product of products) expect(EXISTING.intermediary, slug).toContain(product);
      for (const finding of findings) expect(FINDING_IDS, slug).toContain(finding);
    }
  });

  it('has a title that asks, and an address of its own', () => {
    const all = [
      ...QUESTIONS.map(({ slug, question }) => ({ id: `why/${slug}`, question })),
      ...CLIENTS,
      ...BACKENDS,
    ];
    for (const { id, question } of all) expect(question, id).toMatch(/^(Why|How) .+\?$/);
    expect(new Set(QUESTIONS.map(({ slug }) => slug)).size).toBe(QUESTIONS.length);
  });
});
