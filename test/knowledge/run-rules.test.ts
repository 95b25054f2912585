import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/knowledge/rule.ts';
import { RULES } from '../../src/knowledge/rules/index.ts';
import { runRules } from '../../src/knowledge/run-rules.ts';
import type { Severity } from '../../src/types.ts';
import { chain } from '../support/facts-builder.ts';

const OPTIONS = { maxHoldMs: 180, maxFirstEventMs: null };

function fake(id: Rule['id'], judge: Rule['judge']): Rule {
  const text = { title: id, summary: '', looksLike: '', why: '', sources: [] };
  return { id, ...text, needs: [], judge };
}

function saying(id: Rule['id'], severityAt: (hop: number) => Severity | null): Rule {
  return fake(id, ({ hop }) => {
    const severity = severityAt(hop.index);
    return severity === null
      ? null
      : { severity, confidence: 'likely', explanation: id, evidence: [], fixes: [] };
  });
}

describe('runRules', () => {
  it('turns a rule that throws into a warning and goes on', () => {
    const broken = fake('unreachable', () => {
      throw new Error('boom');
    });
    const { findings, warnings } = runRules(chain({}), OPTIONS, [broken, saying('no-events', () => 'info')]);
    expect(warnings).toEqual(['the check unreachable failed on hop0 (boom): this finding is unknown there']);
    expect(findings.map(({ id }) => id)).toEqual(['no-events']);
  });

  it('sorts by severity, then nearest to the origin first', () => {
    const rules = [
      saying('no-events', (hop) => (hop === 0 ? 'info' : 'error')),
      saying('unreachable', (hop) => (hop === 1 ? 'warning' : 'error')),
    ];
    const { findings } = runRules(chain({}, {}, {}), OPTIONS, rules);
    expect(findings.map(({ severity, hop }) => `${severity} ${hop}`)).toEqual([
      'error hop0',
      'error hop1',
      'error hop2',
      'error hop2',
      'warning hop1',
      'info hop0',
    ]);
  });

  it('puts what the verdict is about first at a hop', () => {
    const cut = chain({ facts: { verdict: 'cut' } });
    const rules = [saying('head-held', () => 'error'), saying('cut-when-idle', () => 'error')];
    expect(runRules(cut, OPTIONS, rules).findings.map(({ id }) => id)).toEqual([
      'cut-when-idle',
      'head-held',
    ]);
    expect(runRules(chain({}), OPTIONS, rules).findings.map(({ id }) => id)).toEqual([
      'head-held',
      'cut-when-idle',
    ]);
  });

  it('gives a healthy stream nothing worse than info', () => {
    const { findings, warnings } = runRules(chain({}, {}), OPTIONS);
    expect(warnings).toEqual([]);
    expect(findings.map(({ severity }) => severity).filter((severity) => severity !== 'info')).toEqual([]);
  });

  it('changes nothing in the facts and gives the same answer twice', () => {
    const hops = chain({}, { hold: 'until-close' });
    const before = structuredClone(hops);
    const first = runRules(hops, OPTIONS);
    expect(runRules(hops, OPTIONS)).toEqual(first);
    expect(hops).toEqual(before);
  });

  it('calls a rule only where everything it needs is there', () => {
    const needing = RULES.filter((rule) => rule.needs.includes('response'));
    const hop = chain({ response: null, events: { count: 0 }, observation: { end: null } });
    expect(needing.length).toBeGreaterThan(10);
    const { findings } = runRules(hop, OPTIONS, needing);
    expect(findings).toEqual([]);
  });
});
