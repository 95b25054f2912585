import { describe, expect, it } from 'vitest';
import { runRules } from '../../src/knowledge/run-rules.ts';
import type { Finding, HopFacts } from '../../src/types.ts';
import { chain, type HopPlan, STREAM_HEADERS } from '../support/facts-builder.ts';

const OPTIONS = { maxHoldMs: 180, maxFirstEventMs: null };
const NGINX = {
  id: 'nginx',
  version: '1.22.1',
  confidence: 'certain' as const,
  evidence: ['server: nginx/1.22.1'],
};
const HELD: HopPlan = { hold: 'until-close', events: { count: 10, arrives: () => 1_020 } };

function findings(hops: HopFacts[]): Finding[] {
  return runRules(hops, OPTIONS).findings;
}

describe('compression that holds', () => {
  const gzipped: HopPlan = {
    ...HELD,
    name: 'edge',
    headers: [...STREAM_HEADERS, ['Content-Encoding', 'gzip']],
  };

  it('comes before the hold it causes', () => {
    const ids = findings(chain({ name: 'pod' }, gzipped)).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['compressed-unflushed', 'held-until-close']);
  });

  it('leaves the hold a warning with the same cure, so that one cause is told once', () => {
    const [cause, effect] = findings(chain({ name: 'pod' }, gzipped));
    expect(effect).toMatchObject({ id: 'held-until-close', severity: 'warning' });
    expect(effect?.explanation).toContain('see compressed-unflushed');
    expect(effect?.fixes).toEqual(cause?.fixes);
  });

  it('is only one possibility where the nearer hop compresses as well', () => {
    const coded: HopPlan = { name: 'pod', headers: [...STREAM_HEADERS, ['Content-Encoding', 'gzip']] };
    const list = findings(chain(coded, gzipped)).filter(({ severity }) => severity === 'error');
    expect(list.map(({ id, confidence }) => [id, confidence])).toEqual([
      ['compressed-unflushed', 'possible'],
      ['held-until-close', 'proven'],
    ]);
  });

  it('is likely, not proven, as long as no experiment switched it off', () => {
    const first = findings(chain({ name: 'pod' }, gzipped))[0];
    expect(first).toMatchObject({ id: 'compressed-unflushed', severity: 'error', confidence: 'likely' });
  });
});

describe('a cut', () => {
  it('is proven where the nearer hop went on', () => {
    const cut: HopPlan = {
      name: 'edge',
      observation: { end: { reason: 'truncated', atMs: 5_920, detail: null } },
      facts: { verdict: 'cut' },
    };
    const found = findings(chain({ name: 'pod' }, cut)).find(({ id }) => id === 'cut-when-idle');
    expect(found).toMatchObject({ severity: 'error', confidence: 'proven', hop: 'edge' });
    expect(found?.explanation).toContain('"pod" went on');
  });

  it('that a nearer hop shows at the same moment is the error of that hop only', () => {
    const cut = (name: string, atMs: number): HopPlan => ({
      name,
      observation: { end: { reason: 'truncated', atMs, detail: null } },
      facts: { verdict: 'cut' },
    });
    const list = findings(chain(cut('pod', 60_925), cut('edge', 60_930))).filter(
      ({ id }) => id === 'cut-when-idle',
    );
    expect(list.map(({ hop, severity }) => [hop, severity])).toEqual([
      ['pod', 'error'],
      ['edge', 'info'],
    ]);
  });

  it('names the limit of the product that was recognised', () => {
    const cut: HopPlan = {
      observation: { end: { reason: 'truncated', atMs: 60_960, detail: null } },
      facts: { verdict: 'cut', intermediaries: [NGINX] },
    };
    const found = findings(chain(cut)).find(({ id }) => id === 'cut-when-idle');
    expect(found?.explanation).toContain("60 s is the default of nginx's proxy_read_timeout.");
    expect(found?.fixes.map(({ change }) => change)).toContain('proxy_read_timeout 1h;');
  });
});
