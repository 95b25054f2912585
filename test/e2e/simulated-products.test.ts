import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import type { Intermediary, TimeLimit } from '../../src/knowledge/intermediary.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { FindingId, Report, Verdict } from '../../src/types.ts';
import { probeCalmly } from '../support/intermediary.ts';
import { BEHAVIOURS, type Behaviour, startSimulatedProduct } from '../support/simulated-product.ts';
import { makeAuthority, type TestAuthority } from '../support/test-authority.ts';
import { APPEARANCES, AUTHORITIES } from '../support/vendor-appearances.ts';

/** What is told by milliseconds is measured again where the machine itself was late; what is wrong fails each time. */
const RETRIES = 2;

/** Limits of seconds in place of minutes: nothing here says that the real ones were waited for. */
const SCALE = { firstByteMs: 2_000, idleMs: 2_000, totalMs: 6_000, bytes: 65_536, lateMs: 400 };
const SCALED_SECONDS: Readonly<Record<TimeLimit['kind'], number>> = { 'first-byte': 2, idle: 2, total: 6 };

const STREAM = '/.well-known/unclog/stream?interval=100ms';
const SHORT = `${STREAM}&events=12`;

interface Told {
  /** What to ask the origin for. */
  path: string;
  verdict: Verdict;
  /** Findings that must be there, worst first. */
  findings: readonly FindingId[];
}

/** What each behaviour should look like to the probe, beside the origin itself. */
const TOLD: Readonly<Record<Behaviour, Told>> = {
  'holds whole answers': { path: SHORT, verdict: 'held', findings: ['held-until-close', 'fixed-length'] },
  'scans until the close': { path: SHORT, verdict: 'held', findings: ['held-until-close', 'fixed-length'] },
  'holds until so many bytes have come': { path: SHORT, verdict: 'held', findings: ['held-until-close'] },
  'holds the head': { path: `${SHORT}&first-delay=1s`, verdict: 'held', findings: ['head-held'] },
  'is one event behind': {
    path: '/.well-known/unclog/stream?interval=1s&events=6',
    verdict: 'held',
    findings: ['held-one-behind'],
  },
  'passes events on late': { path: SHORT, verdict: 'held', findings: ['held-constant'] },
  'compresses in blocks': { path: SHORT, verdict: 'held', findings: ['compressed-unflushed'] },
  'cuts a quiet stream': {
    path: `${SHORT}&quiet-after=6&quiet=4s`,
    verdict: 'cut',
    findings: ['cut-when-idle'],
  },
  'cuts any stream at an age': { path: `${STREAM}&events=75`, verdict: 'cut', findings: ['cut-by-age'] },
  'gives up waiting for the head': {
    path: `${SHORT}&head-delay=4s`,
    verdict: 'cut',
    findings: ['timed-out-before-head'],
  },
  'replays what it stored': { path: SHORT, verdict: 'streaming', findings: ['served-from-cache'] },
  'refuses chunked answers': { path: SHORT, verdict: 'not-a-stream', findings: ['http-status'] },
  'removes the opt-out': {
    path: `${SHORT}&opt-out=x-accel-buffering`,
    verdict: 'streaming',
    findings: ['opt-out-stripped'],
  },
  'speaks HTTP/1.0': { path: SHORT, verdict: 'streaming', findings: ['http-1-0'] },
};

/** Hosts that name a product by themselves. */
const HOSTS: Readonly<Record<string, string>> = {
  'aws-lambda-url': 'abc123.lambda-url.eu-central-1.on.aws',
  'cloudflare-tunnel': 'some-random-words.trycloudflare.com',
};

/** On plain HTTP nothing tells that it stands there. */
const UNNAMED: ReadonlySet<string> = new Set(['sophos']);

interface Row {
  product: Intermediary;
  behaviour: Behaviour;
  finding: FindingId;
}

const ROWS: readonly Row[] = INTERMEDIARIES.flatMap((product) =>
  (product.simulated ?? []).map(({ behaviour, finding }) => ({
    product,
    behaviour: behaviour as Behaviour,
    finding,
  })),
);

/** So many at a time: each is mostly waiting. */
const AT_ONCE = 20;

/** Starts at most so much work at a time, in the order it was given. */
function createPool(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = size;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

describe('a product that cannot be run here, simulated', () => {
  let origin: RunningOrigin;
  const authorities = new Map<string, TestAuthority>();
  const reports = new Map<Row, Promise<Report>>();
  const real = INTERMEDIARIES.map((product) => [product, product.limits] as const);

  beforeAll(async () => {
    for (const product of INTERMEDIARIES) if (product.simulated !== undefined) scaleLimits(product);
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    for (const [id, name] of Object.entries(AUTHORITIES)) authorities.set(id, makeAuthority(name));
    const pooled = createPool(AT_ONCE);
    for (const row of ROWS) {
      const report = pooled(() => probeRow(row));
      // Each test looks at its own; one that fails must not fail the others.
      report.catch(() => {});
      reports.set(row, report);
    }
  });

  afterAll(async () => {
    for (const [product, limits] of real) Object.assign(product, { limits });
    for (const authority of authorities.values()) authority.remove();
    await origin.close();
  });

  async function probeRow({ product, behaviour }: Row): Promise<Report> {
    const authority = authorities.get(product.id);
    const tls = authority === undefined ? {} : { tls: { cert: authority.cert, key: authority.key } };
    const appearance = { ...APPEARANCES[product.id], ...tls };
    const hop = await startSimulatedProduct(origin.url, behaviour, appearance, SCALE);
    const { path } = TOLD[behaviour];
    const { port } = new URL(hop.url);
    const host = HOSTS[product.id];
    const url = host === undefined ? hop.url : `http://${host}:${port}`;
    try {
      if (behaviour === 'replays what it stored') await (await fetch(hop.url + path)).arrayBuffer();
      return await probeCalmly(
        [
          { name: 'origin', url: origin.url + path },
          { name: 'edge', url: url + path },
        ],
        {
          durationMs: 8_000,
          verifyTls: false,
          ...(host === undefined
            ? {}
            : { resolve: [{ host, port: Number(port), addresses: ['127.0.0.1'] }] }),
        },
      );
    } finally {
      await hop.close();
    }
  }

  it('has a behaviour that the simulator knows, in every row of the knowledge base', () => {
    for (const { product, behaviour } of ROWS) {
      expect(Object.keys(BEHAVIOURS), product.id).toContain(behaviour);
      expect(Object.keys({ ...APPEARANCES, ...AUTHORITIES }), behaviour).toContain(product.id);
    }
    const unused = Object.keys(BEHAVIOURS).filter((one) => !ROWS.some(({ behaviour }) => behaviour === one));
    // Old proxies of no particular name do that.
    expect(unused).toEqual(['speaks HTTP/1.0']);
  });

  for (const row of ROWS) {
    const { product, behaviour, finding } = row;
    it.concurrent(`${product.id} ${behaviour}`, {
      timeout: 120_000,
      retry: RETRIES,
    }, async () => {
      // Tried again, it is measured again.
      const report = await (reports.get(row) ?? probeRow(row));
      reports.delete(row);
      const [nearest, edge] = report.hops;
      const told = TOLD[behaviour];
      const status = edge?.response?.status ?? 0;
      const refused = status === 503 || behaviour === 'refuses chunked answers';
      expect(nearest?.verdict).toBe('streaming');
      expect(edge?.verdict).toBe(refused ? 'not-a-stream' : told.verdict);
      const found = report.findings.filter(({ hop }) => hop === 'edge');
      const wanted = refused ? [finding] : told.findings;
      expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining([...wanted]));
      expect(wanted).toContain(finding);
      if (UNNAMED.has(product.id)) return expect(edge?.intermediaries).toEqual([]);
      const [surest, ...others] = edge?.intermediaries ?? [];
      const asSure = others.filter(({ confidence }) => confidence === surest?.confidence);
      expect([surest, ...asSure].map((one) => one?.id)).toContain(product.id);
      const own = found.find(({ id }) => id === finding);
      expectBlamed(row, own?.explanation ?? '');
      expectItsLine(row, own?.fixes.map(({ change }) => change) ?? []);
    });
  }

  it.concurrent('that speaks HTTP/1.0 is told by its status line, whoever it is', async () => {
    const hop = await startSimulatedProduct(origin.url, 'speaks HTTP/1.0', {}, SCALE);
    try {
      const targets = [
        { name: 'origin', url: origin.url + SHORT },
        { name: 'edge', url: hop.url + SHORT },
      ];
      const report = await probeCalmly(targets);
      expect(report.hops[1]).toMatchObject({ verdict: 'streaming', response: { httpVersion: '1.0' } });
      expect(report.findings.map(({ id }) => id)).toContain('http-1-0');
    } finally {
      await hop.close();
    }
  });
});

/** Every limit of a kind as short as the simulator's. */
function scaleLimits(product: Intermediary): void {
  const limits = product.limits.map((limit) => ({ ...limit, seconds: SCALED_SECONDS[limit.kind] }));
  Object.assign(product, { limits });
}

/** The finding says which product it is, with the limit that ran out if it was one. */
function expectBlamed({ product, behaviour, finding }: Row, explanation: string): void {
  const kind = LIMIT_OF[behaviour];
  const limit = product.limits.find((one) => one.kind === kind);
  if (limit !== undefined) expect(explanation).toContain(`${product.name}'s ${limit.setting}`);
  else if (product.because?.[finding] !== undefined) expect(explanation).toContain(product.name);
}

const LIMIT_OF: Readonly<Partial<Record<Behaviour, TimeLimit['kind']>>> = {
  'cuts a quiet stream': 'idle',
  'cuts any stream at an age': 'total',
  'gives up waiting for the head': 'first-byte',
};

/** Where the knowledge base has a line of the product against this finding, it is offered first. */
function expectItsLine({ product, behaviour, finding }: Row, changes: string[]): void {
  const topic = behaviour === 'gives up waiting for the head' ? 'timed-out-before-head' : finding;
  const line = INTERMEDIARY_BY_ID.get(product.id)?.fixes.find((fix) => fix.for.includes(topic))?.change;
  // A heartbeat is told with the time that this timer allows.
  if (line !== undefined && !line.startsWith(':')) expect(changes[0]).toBe(line);
}
