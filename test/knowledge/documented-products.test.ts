import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateDocs } from '../../scripts/generate-docs.ts';
import { INTERMEDIARIES, INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { FINDING_IDS } from '../../src/types.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGES = generateDocs();

/** What people meet and no test can run. */
const WANTED: Readonly<Record<string, string>> = {
  'AWS ALB': 'aws-alb',
  'AWS API Gateway': 'aws-api-gateway',
  CloudFront: 'cloudfront',
  'Lambda URLs': 'aws-lambda-url',
  Cloudflare: 'cloudflare',
  'Cloudflare Tunnel': 'cloudflare-tunnel',
  'Azure Application Gateway': 'azure-app-gateway',
  'Azure API Management': 'azure-api-management',
  'Azure Front Door': 'azure-front-door',
  'Google Cloud load balancer': 'gcp-lb',
  'Cloud Run': 'gcp-cloud-run',
  Fastly: 'fastly',
  Akamai: 'akamai',
  Heroku: 'heroku',
  Vercel: 'vercel',
  Netlify: 'netlify',
  Render: 'render',
  Fly: 'fly',
  'IIS with ARR': 'iis-arr',
  'ingress-nginx': 'ingress-nginx',
  'Gateway API': 'gateway-api',
  Istio: 'istio',
  'Kubernetes with Traefik': 'kubernetes-traefik',
  'Broadcom (Symantec)': 'broadcom-swg',
  Skyhigh: 'skyhigh-swg',
  Zscaler: 'zscaler',
  'other TLS-inspecting proxies': 'tls-inspecting-proxy',
  Sophos: 'sophos',
  Kaspersky: 'kaspersky',
  'Avast and AVG': 'avast',
};

const DOCUMENTED = INTERMEDIARIES.filter(({ cannotRun }) => cannotRun !== undefined);

describe('what no test can run', () => {
  it.each(Object.entries(WANTED))('%s has an entry and a page', (_, id) => {
    const product = INTERMEDIARY_BY_ID.get(id);
    expect(product?.cannotRun).toMatch(/^\S.{5,}$/);
    expect(product?.byDefault).toMatch(/^\S.{5,}$/);
    expect(existsSync(new URL(`configs/${id}/README.md`, ROOT))).toBe(true);
  });

  it.each(DOCUMENTED)(
    '$id is never called tested',
    ({ tried, measured, fixes, ineffective, passesAborts }) => {
      expect(tried).toBeUndefined();
      expect(measured).toBeUndefined();
      for (const { tested, proven } of [...fixes, ...ineffective.map((one) => ({ ...one, proven: false }))]) {
        expect(tested).toBeUndefined();
        expect(proven ?? false).toBe(false);
      }
      for (const { how } of passesAborts ?? []) expect(how).toBe('documented');
    },
  );

  it.each(DOCUMENTED)('$id has a line or lines to paste, or a change to make', ({ fixes }) => {
    expect(fixes.length).toBeGreaterThan(0);
  });
});

describe('the page of what no test can run', () => {
  it.each(DOCUMENTED)('of $id says documented, names its sources, and claims nothing', ({ id }) => {
    const text = PAGES[`configs/${id}/README.md`] ?? '';
    expect(text).toContain('**documented**');
    expect(text).not.toContain('tested here');
    expect(text).toMatch(/## Sources\n\n- <https:\/\/\S+>/);
    const order = [
      'Settings',
      'Limits',
      'How the probe recognises it',
      'What it honours',
      'Often advised',
    ].map((part) => text.indexOf(`\n## ${part}`));
    expect(order.every((at, i) => at > (order[i - 1] ?? 0))).toBe(true);
  });

  it('exists for no product that tests run', () => {
    for (const { id, tried } of INTERMEDIARIES)
      if (tried !== undefined) expect(PAGES).not.toHaveProperty([`configs/${id}/README.md`]);
  });
});

describe('configs/README.md', () => {
  const table = PAGES['configs/README.md'] ?? '';
  const rows = new Map(
    [...table.matchAll(/^\| \[[^\]]+\]\(\.\.\/docs\/intermediaries\.md#([\w-]+)\) \|(.*)\|$/gm)].map(
      (match) => [match[1] ?? '', (match[2] ?? '').split(/(?<!\\)\|/).map((text) => text.trim())],
    ),
  );

  it('has a row of nine columns for every product', () => {
    expect([...rows.keys()].sort()).toEqual(INTERMEDIARIES.map(({ id }) => id).sort());
    for (const [id, cells] of rows) expect(cells.length, id).toBe(9);
  });

  it('says of each how it was verified', () => {
    for (const { id, tried } of INTERMEDIARIES) {
      const verified = rows.get(id)?.at(-1) ?? '';
      if (tried === undefined) expect(verified, id).toMatch(/^\*documented\*(, simulated)?$/);
      else expect(verified, id).toBe(`${tried.version}, ${tried.date}`);
    }
  });

  it('shows the limits, what is obeyed, and whether a leaving client is told, as the knowledge base has them', () => {
    expect(rows.get('aws-alb')?.slice(1, 7)).toEqual([
      'not known',
      'not known',
      'not known',
      '60 s (up to 4000 s)',
      '',
      'unknown',
    ]);
    expect(rows.get('heroku')?.[4]).toBe('55 s, fixed');
    expect(rows.get('ingress-nginx')?.[1]).toBe('obeys');
    expect(rows.get('haproxy')?.[6]).toMatch(/at once \(measured: .*; on write \(measured: /);
    expect(rows.get('aws-lambda-url')?.[6]).toMatch(/^never \(documented: /);
  });
});

describe('what is said of a product beside its settings', () => {
  it('is bounded by the largest value that can be set', () => {
    for (const { id, limits } of INTERMEDIARIES)
      for (const { seconds, mostSeconds } of limits)
        if (mostSeconds !== undefined) expect(mostSeconds, id).toBeGreaterThanOrEqual(seconds);
  });

  it('has a public source for every limit, size and documented abort', () => {
    for (const { id, limits, sizes = [], passesAborts = [] } of INTERMEDIARIES) {
      const aborts = passesAborts.flatMap((one) => (one.how === 'documented' ? [one.source] : []));
      for (const source of [...limits, ...sizes].map((one) => one.source).concat(aborts))
        expect(source, id).toMatch(/^https:\/\/[^/\s]+\.[^/\s]+\/\S*$/);
    }
  });

  it('calls abort passing measured only of a product that tests run, with a test that exists', () => {
    for (const { id, tried, passesAborts = [] } of INTERMEDIARIES) {
      for (const one of passesAborts) {
        if (one.how !== 'measured') continue;
        expect(tried, id).toBeDefined();
        expect(existsSync(new URL(one.test, ROOT)), `${id}: ${one.test}`).toBe(true);
      }
    }
  });

  it('names findings that exist, and folders with files', () => {
    for (const { id, simulated = [], folders = [] } of INTERMEDIARIES) {
      for (const { finding } of simulated) expect(FINDING_IDS, id).toContain(finding);
      for (const folder of folders) expect(existsSync(new URL(folder, ROOT)), id).toBe(true);
    }
  });

  it('says at the top of every file that it was not run', () => {
    const files = [
      ...Object.keys(PAGES)
        .join('\n')
        .matchAll(/^configs\/([\w-]+)\/README\.md$/gm),
    ].flatMap((match) =>
      [...(PAGES[match[0]] ?? '').matchAll(/^\[[\w.-]+\]\(\.\.\/\.\.\/(configs\/\S+)\):$/gm)].map(
        (link) => link[1] ?? '',
      ),
    );
    expect(files.length).toBeGreaterThan(25);
    for (const file of files) {
      if (file === 'configs/vercel/vercel.json') continue;
      const start = readFileSync(new URL(file, ROOT), 'utf8').slice(0, 250);
      expect(start, file).toContain('Documented, not reproduced');
    }
  });
});
