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

function holds(hops: HopFacts[]): Finding[] {
  return findings(hops).filter(({ id }) => id.startsWith('held-') || id === 'head-held');
}

function only(list: Finding[]): Finding {
  expect(list).toHaveLength(1);
  return list[0] as Finding;
}

describe('what is said about nginx', () => {
  const behind = (hold: HopPlan['hold'], facts: Partial<HopFacts> = {}): HopPlan => ({
    ...(hold === undefined ? {} : { hold }),
    headers: [['Content-Type', 'text/event-stream']],
    facts: { intermediaries: [NGINX], ...facts },
  });

  it('is HTTP/1.0 behind it for a version before 1.29.7', () => {
    const { explanation } = only(holds(chain({}, behind('until-close'))));
    expect(explanation).toContain('This hop is nginx 1.22.1 (server: nginx/1.22.1).');
    expect(explanation).toContain('Before 1.29.7 it asks for answers that are not chunked');
  });

  it('is a setting for a version from 1.29.7 on', () => {
    const hop = behind('until-close', { intermediaries: [{ ...NGINX, version: '1.29.7' }] });
    expect(only(holds(chain({}, hop))).explanation).toContain('configuration says proxy_http_version 1.0');
  });

  it('is the SSL buffer for blocks of 16 KiB over TLS', () => {
    const tls = { protocol: 'TLSv1.3', alpn: 'http/1.1', issuer: 'CN=x' };
    const hop = { ...behind({ kind: 'until-full', blockBytes: 16_384 }), observation: { tls } };
    expect(only(holds(chain({}, hop))).explanation).toContain('16 KiB SSL buffer');
  });

  it('is the wrong side when the opt-out reaches the client and the stream is held', () => {
    const wrong = { ...behind('until-close'), headers: STREAM_HEADERS };
    const plain: HopPlan = { headers: [['Content-Type', 'text/event-stream']] };
    expect(only(holds(chain(plain, wrong))).explanation).toContain('add_header, on the client side');
    expect(only(holds(chain(plain, behind('until-close')))).explanation).not.toContain('on the client side');
  });

  it('is a header that is sent in vain when the origin asks not to buffer', () => {
    const { explanation, fixes } = only(holds(chain({ name: 'pod' }, behind('until-close'))));
    expect(explanation).toContain('"pod" sends X-Accel-Buffering: no in vain');
    expect(fixes.map(({ change }) => change)).not.toContain('X-Accel-Buffering: no');
    expect(fixes.map(({ where }) => where)).not.toContain('gateway');
  });

  it('can be cured from outside when the origin does not ask yet', () => {
    const plain: HopPlan = { headers: [['Content-Type', 'text/event-stream']] };
    const { fixes } = only(holds(chain(plain, behind('until-close'))));
    expect(fixes.slice(0, 3).map(({ where }) => where)).toEqual(['nginx', 'origin', 'gateway']);
  });

  it('starts its fixes with the line to paste', () => {
    expect(only(holds(chain({}, behind('until-close')))).fixes[0]).toMatchObject({
      where: 'nginx',
      change: 'proxy_buffering off;',
      config: 'configs/nginx/passthrough.conf',
      proven: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    });
  });
});

describe('a missing opt-out', () => {
  const bare: HopPlan = { headers: [['Content-Type', 'text/event-stream']] };
  const heldBy = (id: string): HopPlan => ({
    ...HELD,
    facts: { intermediaries: [{ id, version: null, confidence: 'certain', evidence: [`server: ${id}`] }] },
  });
  const severity = (hops: HopFacts[]): string | undefined =>
    findings(hops).find(({ id }) => id === 'missing-opt-out')?.severity;

  it('is a warning where a hop holds that may obey it', () => {
    expect(severity(chain(bare, HELD))).toBe('warning');
    expect(severity(chain(bare, heldBy('nginx')))).toBe('warning');
  });

  it('is only good to know where nothing holds, or what holds ignores it', () => {
    expect(severity(chain(bare, {}))).toBe('info');
    expect(severity(chain(bare, heldBy('haproxy')))).toBe('info');
  });
});
