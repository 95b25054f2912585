import { describe, expect, it } from 'vitest';
import { runRules } from '../../src/knowledge/run-rules.ts';
import { sharesOf } from '../../src/knowledge/shares.ts';
import type { DetectedIntermediary, Finding } from '../../src/types.ts';
import { chain, type HopPlan } from '../support/facts-builder.ts';

const OPTIONS = { maxHoldMs: 180, maxFirstEventMs: null };

/** Holds blocks of `bytes`, so that the latest event is `lateMs` late. */
function holder(name: string, bytes: number, lateMs: number, facts: HopPlan['facts'] = {}): HopPlan {
  return {
    name,
    hold: { kind: 'until-full', blockBytes: bytes },
    facts: { judgedHoldMs: lateMs, ...facts },
  };
}

const CHAIN = chain(
  { name: 'pod' },
  holder('inner', 4_096, 300),
  { name: 'mesh', ...holder('mesh', 4_096, 305) },
  holder('edge', 16_384, 1_200),
);

function at(hop: string): Finding {
  const { findings } = runRules(CHAIN, OPTIONS);
  const finding = findings.find((one) => one.id === 'held-until-full' && one.hop === hop);
  if (finding === undefined) throw new Error(`nothing at ${hop}`);
  return finding;
}

describe('what each hop of a chain adds', () => {
  it('is its lateness and its block beyond those of the hops before', () => {
    const shares = sharesOf(CHAIN).map(({ hop, addedMs, addedBytes }) => [hop.name, addedMs, addedBytes]);
    expect(shares).toEqual([
      ['pod', 0, null],
      ['inner', 300, 4_096],
      ['mesh', 5, null],
      ['edge', 895, 16_384],
    ]);
  });

  it('is not known where nothing could be judged', () => {
    const hops = chain({}, { facts: { judgedHoldMs: null } }, holder('edge', 4_096, 500));
    expect(sharesOf(hops).map(({ addedMs }) => addedMs)).toEqual([0, null, 500]);
  });

  it('names the first guilty hop, at itself and at those behind it', () => {
    expect(at('inner').explanation).toContain('"inner" is the first hop that holds');
    expect(at('edge').explanation).toContain(
      '"inner", nearer to the origin, holds already (300 ms, blocks of 4096 bytes): fix it first.',
    );
    expect(at('edge').explanation).toContain('"edge" adds 895 ms of lateness and blocks of 16 KiB.');
  });

  it('is told in numbers', () => {
    expect(at('edge').evidence).toContainEqual({ what: 'added after mesh', value: 895, unit: 'ms' });
    expect(at('edge').evidence).toContainEqual({
      what: 'collected here and not at mesh',
      value: 16_384,
      unit: 'bytes',
    });
  });

  it('leaves a hop that adds nothing an info', () => {
    expect(at('mesh').severity).toBe('info');
    expect(at('edge').severity).toBe('error');
  });
});

describe('two products at one hop', () => {
  const both = (confidence: DetectedIntermediary['confidence'] = 'certain'): HopPlan['facts'] => ({
    intermediaries: [
      { id: 'lighttpd', version: null, confidence, evidence: ['server: lighttpd'] },
      { id: 'nginx', version: null, confidence: 'likely', evidence: ['it removed X-Accel-Buffering'] },
    ],
  });
  const explain = (plan: HopPlan): string =>
    runRules(chain({ name: 'pod' }, plan), OPTIONS).findings.find(
      ({ hop, id }) => hop === 'edge' && id.startsWith('held'),
    )?.explanation ?? '';

  it('are told apart by the way it holds where that is the way of one', () => {
    const varnish = { id: 'kong', version: null, confidence: 'certain' as const, evidence: ['via: kong'] };
    const facts = { intermediaries: [varnish, ...(both()?.intermediaries ?? []).slice(1)] };
    const text = explain(holder('edge', 4_096, 400, facts));
    expect(text).toContain('nginx stand on this way; blocks of 4096 bytes');
    expect(text).toContain('points to nginx.');
    expect(text).not.toContain('This hop is Kong');
  });

  it('are both named, with the way to tell, where the evidence does not decide', () => {
    const text = explain({ ...holder('edge', 4_096, 400, both()), hold: 'until-close' });
    expect(text).toContain(
      'lighttpd and nginx stand on this way, and each of them can do this: measure between them to tell.',
    );
  });
});
