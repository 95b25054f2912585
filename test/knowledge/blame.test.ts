import { describe, expect, it } from 'vitest';
import { runRules } from '../../src/knowledge/run-rules.ts';
import type { Finding, HopFacts } from '../../src/types.ts';
import { chain, type HopPlan } from '../support/facts-builder.ts';

const OPTIONS = { maxHoldMs: 180, maxFirstEventMs: null };
const HELD: HopPlan = { hold: 'until-close', events: { count: 10, arrives: () => 1_020 } };

function findings(hops: HopFacts[]): Finding[] {
  return runRules(hops, OPTIONS).findings;
}

function holds(hops: HopFacts[]): Finding[] {
  return findings(hops).filter(({ id }) => id.startsWith('held-') || id === 'head-held');
}

function only(list: Finding[]): Finding {
  expect(list).toHaveLength(1);
  return list[0] as Finding;
}

describe('the blame for a hold', () => {
  it('goes to the first hop that shows it, and a farther hop inherits it', () => {
    const list = holds(chain({ name: 'direct' }, { ...HELD, name: 'inner' }, { ...HELD, name: 'outer' }));
    expect(list.map(({ hop, severity }) => [hop, severity])).toEqual([
      ['inner', 'error'],
      ['outer', 'info'],
    ]);
    expect(list[1]?.title).toContain('inherited from inner');
    expect(list[1]?.fixes).toEqual([]);
  });

  it('stays with a farther hop that holds in another way', () => {
    const blocks = (blockBytes: number): HopPlan => ({ hold: { kind: 'until-full', blockBytes } });
    const list = holds(chain({}, { ...blocks(4_096), name: 'inner' }, { ...blocks(16_384), name: 'outer' }));
    expect(list.map(({ severity }) => severity)).toEqual(['error', 'error']);
  });

  it('stays with a farther hop that adds lateness of its own', () => {
    const late = (ms: number): HopPlan => ({ hold: 'constant', facts: { judgedHoldMs: ms } });
    expect(holds(chain({}, late(210), late(420))).map(({ severity }) => severity)).toEqual([
      'error',
      'error',
    ]);
    expect(holds(chain({}, late(210), late(215))).map(({ severity }) => severity)).toEqual(['error', 'info']);
  });

  it('names the hop that delivered in time on the nearer side', () => {
    const { explanation } = only(holds(chain({ name: 'pod' }, { ...HELD, name: 'edge' })));
    expect(explanation).toContain('"pod", nearer to the origin, delivered in time');
  });
});

describe('the severity of a hold', () => {
  it('is error where the verdict is held', () => {
    expect(only(holds(chain(HELD))).severity).toBe('error');
  });

  it('is warning where the stream is still in time', () => {
    const plan: HopPlan = {
      hold: 'constant',
      facts: { verdict: 'streaming', constantMs: 90, judgedHoldMs: 90 },
    };
    expect(only(holds(chain(plan)))).toMatchObject({ id: 'held-constant', severity: 'warning' });
  });

  it('is never error where nothing could be judged, so that the exit code stays 3', () => {
    const silent: HopPlan = {
      response: null,
      events: { count: 0 },
      observation: {
        end: null,
        error: { code: 'UNCLOG_TIMEOUT', message: 'x', phase: 'head', atMs: 10_000 },
      },
      facts: { verdict: 'inconclusive' },
    };
    const list = findings(chain(silent));
    expect(list.map(({ id }) => id)).toEqual(expect.arrayContaining(['held-until-close', 'slow-backend']));
    expect(list.map(({ severity }) => severity)).not.toContain('error');
    expect(list.every(({ confidence }) => confidence === 'possible')).toBe(true);
  });

  it.each(['unreachable', 'no-events'] as const)('of %s is not error either', (verdict) => {
    const plan: HopPlan =
      verdict === 'unreachable'
        ? {
            response: null,
            events: { count: 0 },
            observation: {
              end: null,
              error: { code: 'ECONNREFUSED', message: 'x', phase: 'connect', atMs: 1 },
            },
            facts: { verdict },
          }
        : { events: { count: 0 }, facts: { verdict } };
    expect(findings(chain(plan)).map(({ severity }) => severity)).not.toContain('error');
  });
});

describe('the evidence of a hold', () => {
  it('counts events, the time they were sent over, and the releases they came in', () => {
    const { evidence } = only(holds(chain(HELD)));
    expect(evidence).toEqual(
      expect.arrayContaining([
        { what: 'events sent over 900 ms', value: 10, unit: 'events' },
        { what: 'releases they arrived in', value: 1, unit: '', expected: 'about 10' },
        { what: 'worst hold', value: 1_000, unit: 'ms' },
        { what: 'error of the clocks, at most', value: 1, unit: 'ms' },
      ]),
    );
  });

  it('says for how long and how much was held at least when no event came at all', () => {
    const hold = { kind: 'until-close' as const, atLeastMs: 9_000, atLeastBytes: 400 };
    const plan: HopPlan = { hold, response: null, events: { count: 0 }, facts: { judgedHoldMs: null } };
    const { evidence, explanation } = only(holds(chain({ name: 'pod' }, plan)));
    expect(evidence).toEqual(
      expect.arrayContaining([
        { what: 'events that arrived here', value: 0, unit: 'events', expected: '10 (pod)' },
        { what: 'held for at least', value: 9_000, unit: 'ms' },
        { what: 'held at least', value: 400, unit: 'bytes' },
      ]),
    );
    expect(explanation).toContain('a buffer that is larger than what was sent so far cannot be excluded');
  });
});

describe('an endless stream that is held so far', () => {
  it('is compared with the closest hop that delivered, past one that could not be measured', () => {
    const silent: HopPlan = { response: null, events: { count: 0 } };
    const failed: HopPlan = {
      ...silent,
      observation: { end: null, error: { code: 'ECONNREFUSED', message: 'x', phase: 'connect', atMs: 1 } },
      facts: { verdict: 'unreachable' },
    };
    const hold = { kind: 'until-close' as const, atLeastMs: 9_000 };
    const found = only(
      holds(chain({ name: 'pod' }, failed, { ...silent, hold, facts: { judgedHoldMs: null } })),
    );
    expect(found.explanation).toContain('in 9 s, while "pod" delivered 10 events.');
  });
});

describe('a suspicion from how a hop holds', () => {
  const ticks: HopPlan = { hold: { kind: 'for-time', periodMs: 200 }, facts: { headHoldMs: 205 } };
  const at = (id: string): HopPlan => ({
    ...ticks,
    facts: {
      ...ticks.facts,
      intermediaries: [{ id, version: null, confidence: 'certain', evidence: [`server: ${id}`] }],
    },
  });

  it('adds its line where nothing was recognised', () => {
    const { fixes, explanation } = only(holds(chain({}, ticks)));
    expect(fixes[0]?.change).toBe('option http-no-delay');
    expect(explanation).toContain('It could be HAProxy (events tick at 200 ms).');
  });

  it('is dropped where what was recognised explains the hold', () => {
    const { fixes } = only(holds(chain({}, at('apache'))));
    expect(fixes.map(({ where }) => where)).toEqual(['apache']);
  });

  it('stays beside a product that does not explain the hold', () => {
    const { fixes } = only(holds(chain({}, at('heroku'))));
    expect(fixes[0]?.change).toBe('option http-no-delay');
  });
});
