import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { explainCommand } from '../../src/cli/explain-command.ts';
import { planProbe, probeCommand } from '../../src/cli/probe-command.ts';
import type { ProbeArguments } from '../../src/cli/probe-flags.ts';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { runRules } from '../../src/knowledge/run-rules.ts';
import { JUDGE_DEFAULTS } from '../../src/probe/diagnose.ts';
import { nextAfterExperiments, nextCommand } from '../../src/probe/next-command.ts';
import { buildReport } from '../../src/report/build-report.ts';
import { FINDING_IDS, type HopFacts, type Report } from '../../src/types.ts';
import { chain, type HopPlan } from '../support/facts-builder.ts';

const SECRET = 's3cret';
const URL = `https://me:${SECRET}@edge.example/it's/stream?token=${SECRET}#${SECRET}`;

/** The words of a shell command, taken apart by a real shell. */
function shellWords(command: string): string[] {
  return execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

/** Parses as `unclog` does, and checks what it would do; sends nothing. */
async function accept(command: string): Promise<void> {
  const [program, ...words] = shellWords(command);
  expect(program).toBe('unclog');
  if (words[0] === 'explain') {
    expect([...FINDING_IDS, ...INTERMEDIARY_BY_ID.keys()]).toContain(words[1]);
    expect(words).toHaveLength(2);
    return;
  }
  let planned = 0;
  await yargs(words)
    .parserConfiguration({ 'dot-notation': false, 'greedy-arrays': false })
    .command({
      ...probeCommand,
      handler: (argv) => {
        planned = planProbe(argv as ProbeArguments).targets.length;
      },
    })
    .command({ ...explainCommand, handler: () => {} })
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .parseAsync();
  expect(planned).toBeGreaterThan(0);
}

function reportOf(hops: HopFacts[]): Report {
  const { findings, warnings } = runRules(hops, JUDGE_DEFAULTS);
  return buildReport(hops, findings, {
    startedAt: new Date(0),
    warnings,
    next: nextCommand(hops, findings),
  });
}

const error = (code: string, phase: 'connect' | 'tls' | 'head'): HopPlan => ({
  response: null,
  events: { count: 0 },
  observation: { error: { code, message: code, phase, atMs: 100 }, end: null },
});
const nginx: HopFacts['intermediaries'] = [
  { id: 'nginx', version: '1.22.1', confidence: 'certain', evidence: [] },
];

/** An exchange with the clock of an unclog origin. */
const CLOCK = { sentAtMs: 1, receivedAtMs: 2, status: 200, originEpochMs: 1_760_000_000_000 };

/** Every kind of result, with what the command that follows must name. */
const RESULTS: [what: string, plans: HopPlan[], names: RegExp][] = [
  ['one hop that streams', [{ url: URL }], /--duration 5m/],
  ['several that stream', [{ name: 'pod' }, { name: 'edge', url: URL }], /--duration 5m .*pod.*edge/],
  [
    'a stream that ended',
    [{ observation: { end: { reason: 'complete', atMs: 900, detail: null } } }],
    /explain/,
  ],
  [
    'a held one, seen alone',
    [{ url: URL, hold: 'until-close', facts: { holdConfidence: 'likely', holdBasis: 'pace' } }],
    /backend=/,
  ],
  [
    'a held one, proven',
    [{}, { url: URL, hold: 'until-close', facts: { intermediaries: nginx } }],
    /explain nginx/,
  ],
  ['a held one of an unknown product', [{}, { url: URL, hold: 'one-behind' }], /explain held-one-behind/],
  [
    'a held one behind which stands an unclog origin',
    [
      { url: 'https://a.example/x/stream', observation: { pathExchanges: [CLOCK] } },
      { url: URL, hold: 'until-close', observation: { pathExchanges: [CLOCK] } },
    ],
    /^unclog probe --experiment 'hop0=https:\/\/a\.example\/x\/' 'hop1=https:\/\/edge\.example\/it%27s\/'$/,
  ],
  ['a hop of a strange name', [{ name: `a b'c"$(x)`, url: URL }], /--duration/],
  [
    'a redirect',
    [
      {
        url: URL,
        response: { status: 302 },
        headers: [['Location', `/login?next=${SECRET}`]],
        facts: { verdict: 'not-a-stream' },
      },
    ],
    /unclog 'https:\/\/edge\.example\/login/,
  ],
  [
    'an MCP endpoint',
    [{ url: 'https://a.example/mcp', response: { status: 405 }, facts: { verdict: 'not-a-stream' } }],
    /--mcp/,
  ],
  [
    'a 404',
    [{ url: URL, response: { status: 404 }, facts: { verdict: 'not-a-stream' } }],
    /explain http-status/,
  ],
  [
    'nobody there',
    [{ url: URL, ...error('ECONNREFUSED', 'connect'), facts: { verdict: 'unreachable' } }],
    /explain unreachable/,
  ],
  [
    'a certificate nobody trusts',
    [{ url: URL, ...error('SELF_SIGNED_CERT_IN_CHAIN', 'tls'), facts: { verdict: 'unreachable' } }],
    /unclog -k /,
  ],
  [
    'a certificate that only -k accepts',
    [
      {
        url: URL,
        observation: {
          tls: { protocol: 'TLSv1.3', alpn: null, issuer: 'me', unverified: 'SELF_SIGNED_CERT_IN_CHAIN' },
        },
      },
    ],
    /--duration 5m -k /,
  ],
  [
    'no head in the time',
    [{ url: URL, ...error('UNCLOG_TIMEOUT', 'head'), facts: { verdict: 'inconclusive' } }],
    /backend=/,
  ],
  [
    'no events at two hops',
    [0, 1].map((n) => ({
      name: `h${n}`,
      url: URL,
      events: { count: 0 },
      facts: { verdict: 'no-events' as const },
    })),
    /--wait-first 1m/,
  ],
  [
    'a POST, which cannot be sent again without its body',
    [{ url: URL, observation: { request: { method: 'POST', headers: [] } } }],
    /explain/,
  ],
];

describe('every result ends with a command', () => {
  it.each(RESULTS)('%s', async (_what, plans, names) => {
    const { next } = reportOf(chain(...plans));
    expect(next).toMatch(names);
    expect(next).not.toContain(SECRET);
    await accept(next ?? '');
  });

  const HELD: HopPlan = { name: 'edge', url: URL, hold: 'until-close', facts: { intermediaries: nginx } };
  it.each<[string, HopPlan, leads: boolean, idleMs: number | null, names: RegExp]>([
    ['that all stream', { name: 'edge', url: URL }, true, null, /--experiment --idle 90s 'edge=https/],
    ['that it streams, idle or not', { name: 'edge', url: URL }, true, 90_000, /^unclog explain /],
    ['that it holds', HELD, true, null, /^unclog explain nginx$/],
    ['nothing, without an origin', { url: URL }, false, null, /^unclog '\S*https:\/\/edge\.example/],
  ])('experiments that showed %s', async (_what, plan, leads, idleMs, names) => {
    const hops = chain(plan);
    const next = nextAfterExperiments(hops, runRules(hops, JUDGE_DEFAULTS).findings, { leads, idleMs });
    expect(next).toMatch(names);
    expect(next).not.toContain(SECRET);
    await accept(next ?? '');
  });

  it('a command that the program would refuse is noticed', async () => {
    await expect(accept('unclog --fast http://a/')).rejects.toThrow();
    await expect(accept('unclog ftp://a/')).rejects.toThrow(/not a URL to probe/);
    await expect(accept('unclog --duration 5 http://a/')).rejects.toThrow(/did you mean/);
  });
});
