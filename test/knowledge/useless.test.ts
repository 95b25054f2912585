import { describe, expect, it } from 'vitest';
import { docsLink } from '../../src/knowledge/docs-link.ts';
import { runRules } from '../../src/knowledge/run-rules.ts';
import type { DetectedIntermediary, Finding, FindingId, HopFacts } from '../../src/types.ts';
import { chain, type HopPlan } from '../support/facts-builder.ts';

function known(id: string, confidence: DetectedIntermediary['confidence'] = 'certain'): Partial<HopFacts> {
  return { intermediaries: [{ id, version: null, confidence, evidence: [`server: ${id}`] }] };
}

function found(id: FindingId, edge: HopPlan): Finding {
  const hops = chain({ name: 'pod' }, { name: 'edge', ...edge });
  const finding = runRules(hops, { maxHoldMs: 180, maxFirstEventMs: null }).findings.find(
    (one) => one.id === id && one.hop === 'edge',
  );
  if (finding === undefined) throw new Error(`no ${id}`);
  return finding;
}

const HELD: HopPlan = { hold: 'until-close', events: { count: 10, arrives: () => 1_020 } };

describe('advice that does nothing', () => {
  it('is told with a finding, in the text and as a field of its own', () => {
    const finding = found('held-until-close', { ...HELD, facts: known('nginx') });
    expect(finding.doesNothing).toContainEqual({
      where: 'nginx',
      advice: 'add_header X-Accel-Buffering no;',
      why: expect.stringContaining('after the decision'),
      standing: 'tested here',
    });
    expect(finding.explanation).toContain('no use here: "add_header X-Accel-Buffering no;"');
  });

  it('names timeout tunnel where HAProxy cuts a quiet stream', () => {
    const cut: HopPlan = {
      observation: { end: { reason: 'truncated', atMs: 50_960, detail: null } },
      facts: { verdict: 'cut', ...known('haproxy') },
    };
    const finding = found('cut-when-idle', cut);
    expect(finding.doesNothing?.map(({ advice }) => advice)).toContain('timeout tunnel 1h');
    expect(finding.explanation).toContain('"timeout tunnel 1h"');
  });

  it('names the header that the product ignores', () => {
    const finding = found('held-until-close', { ...HELD, facts: known('lighttpd') });
    expect(finding.doesNothing).toContainEqual(
      expect.objectContaining({ where: 'lighttpd', advice: 'X-Accel-Buffering: no from the origin' }),
    );
  });

  it('is general where no product is recognised for sure: padding cures the first bytes only', () => {
    for (const facts of [{}, known('nginx', 'possible')]) {
      const finding = found('held-until-close', { ...HELD, facts });
      expect(finding.doesNothing?.map(({ where }) => where)).not.toContain('nginx');
      expect(finding.doesNothing?.[0]?.advice).toContain('padding');
      expect(finding.explanation).not.toContain('no use here');
    }
  });

  it('is not told with what needs no fix', () => {
    const hops = chain({}, {});
    const { findings } = runRules(hops, { maxHoldMs: 180, maxFirstEventMs: null });
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) expect(finding.doesNothing).toBeUndefined();
  });
});

describe('every finding', () => {
  it('leads to its page', () => {
    expect(found('held-until-close', HELD).docs).toMatch(/(^|\/)docs\/findings\/held-until-close\.md$/);
  });

  it('says of every fix whether it was tested here', () => {
    const finding = found('held-until-close', { ...HELD, facts: known('nginx') });
    expect(finding.fixes[0]).toMatchObject({
      change: 'proxy_buffering off;',
      section: 'http, server or location block',
      standing: 'tested here',
    });
    for (const fix of finding.fixes)
      expect(fix.standing).toMatch(/^(tested here|documented, not reproduced)$/);
  });
});

describe('the address of a page', () => {
  it('is below the homepage of the package, without its fragment', () => {
    expect(docsLink('docs/findings/compressed.md', 'https://host.example/unclog/#readme')).toBe(
      'https://host.example/unclog/docs/findings/compressed.md',
    );
  });

  it('is the path in the repository where the package names no homepage', () => {
    expect(docsLink('docs/findings/compressed.md', null)).toBe('docs/findings/compressed.md');
  });
});
