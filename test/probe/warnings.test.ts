import { describe, expect, it } from 'vitest';
import { collectWarnings } from '../../src/probe/warnings.ts';
import type { Observation } from '../../src/types.ts';
import { chain, type HopPlan } from '../support/facts-builder.ts';

const STOPPED: Observation['end'] = { reason: 'stopped-by-probe', atMs: 10_000, detail: null };
const LIMITS: Observation['limits'] = { waitFirstMs: 60_000, durationMs: 10_000, events: null };

function warn(...plans: HopPlan[]): string[] {
  return collectWarnings(chain(...plans));
}

function stopped(plan: HopPlan = {}, limits: Partial<Observation['limits']> = {}): HopPlan {
  return {
    facts: { verdict: 'streaming' },
    ...plan,
    observation: { end: STOPPED, limits: { ...LIMITS, ...limits }, ...plan.observation },
  };
}

describe('a watch that is too short to see a cut', () => {
  it('says so, with the flag', () => {
    expect(warn(stopped())).toEqual([
      expect.stringMatching(/^watched for \S+ s: .*--duration 75s would show it$/),
    ]);
  });
  it('knows that --events ended it', () => {
    expect(warn(stopped({}, { events: 10 }))).toEqual([
      expect.stringMatching(/--duration 75s without --events/),
    ]);
  });
  it('is quiet after more than a minute', () => {
    expect(
      warn(stopped({ observation: { end: { reason: 'stopped-by-probe', atMs: 75_000, detail: null } } })),
    ).toEqual([]);
  });
  it('is quiet where something else is wrong', () => {
    expect(warn(stopped(), stopped({ facts: { verdict: 'held' } }))).toEqual([]);
  });
});

describe('few events', () => {
  const few = { events: { count: 2 }, facts: { verdict: 'held' as const } };
  it('in the time ask for more of it', () => {
    expect(warn(stopped(few))).toEqual([
      expect.stringMatching(
        /^hop0: only 2 events seen in 10 s; watch longer with --duration \d+s: they come/,
      ),
    ]);
  });
  it('by --events name that flag', () => {
    expect(warn(stopped(few, { events: 2 }))).toEqual([expect.stringContaining('as --events 2 says')]);
  });
  it('because the answer ended ask for nothing', () => {
    const end: Observation['end'] = { reason: 'complete', atMs: 500, detail: null };
    expect(warn({ ...few, observation: { end } })).toEqual(['hop0: only 2 events seen: the answer ended']);
  });
});

it('what happened on the way is told: redirects, proxy, an unchecked certificate, faults', () => {
  const redirect = {
    url: 'http://a/',
    status: 302,
    location: 'https://a/',
    atMs: 5,
    headers: [],
    withoutCredentials: true,
  };
  const wire = { headBytes: 100, interim: [], chunks: [], frames: [], trailers: [], omitted: 0 };
  const texts = warn({
    facts: { verdict: 'held' },
    observation: {
      redirects: [redirect],
      proxy: { url: 'http://p:1080', from: 'https_proxy', mode: 'tunnel', answer: null },
      tls: { protocol: 'TLSv1.3', alpn: null, issuer: null, unverified: 'CERT_HAS_EXPIRED' },
      wire: { ...wire, faults: [{ code: 'bare-lf', detail: 'lines end with LF alone', atMs: 9 }] },
    },
  });
  expect(texts).toEqual([
    'hop0: followed a redirect (302) to https://a/; credentials were not sent there, since it is another origin',
    'hop0: the request went through the proxy http://p:1080, which https_proxy names; what it does is part of this hop',
    'hop0: the certificate was not accepted (CERT_HAS_EXPIRED), and -k ignores that',
    'hop0: the answer breaks the protocol, and stricter readers refuse it: lines end with LF alone',
  ]);
});

describe('an address that redirects to itself', () => {
  it('is told of once, however often it was followed', () => {
    const step = {
      url: 'http://a.example/x',
      status: 302,
      location: 'http://a.example/x',
      atMs: 1,
      headers: [],
      withoutCredentials: false,
    };
    const told = warn({ observation: { redirects: [step, step, step] } });
    expect(told.filter((text) => text.includes('followed a redirect'))).toHaveLength(1);
  });
});
