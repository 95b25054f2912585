import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixesFor, fixesForSuspects } from '../../src/knowledge/fixes.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { FINDING_IDS, type Fix, HOLD_KINDS } from '../../src/types.ts';
import { filesRun } from '../support/suite/pairs.ts';

const ROOT = new URL('../../', import.meta.url);

/** In a configuration a line is indented as deep as its block is. */
function flushLeft(text: string): string {
  return text.replaceAll(/^[ \t]+/gm, '');
}

function changes(fixes: Fix[]): string[] {
  return fixes.map(({ change }) => change);
}

const ALL: [string, Fix][] = [...FINDING_IDS].flatMap((id) => [
  ...fixesFor([], id).map((fix): [string, Fix] => [`nothing known, ${id}`, fix]),
  ...INTERMEDIARIES.flatMap((product) =>
    fixesFor([product.id], id).map((fix): [string, Fix] => [`${product.id}, ${id}`, fix]),
  ),
]);

describe('every fix', () => {
  it('has a public source', () => {
    for (const [where, fix] of ALL) expect(fix.source, where).toMatch(/^https:\/\/[^/\s]+\.[^/\s]+\/\S*$/);
  });

  it('that names a configuration of this repository names one that exists and contains its line', () => {
    const named = ALL.filter(([, fix]) => fix.config !== null);
    expect(named.length).toBeGreaterThan(0);
    for (const [where, fix] of named) {
      const file = new URL(fix.config ?? '', ROOT);
      expect(existsSync(file), `${where}: ${fix.config}`).toBe(true);
      const line = fix.change.split('  #')[0] ?? fix.change;
      expect(flushLeft(readFileSync(file, 'utf8')), where).toContain(flushLeft(line));
    }
  });

  it('that names a configuration is in it, in the knowledge base itself too', () => {
    for (const { id, fixes } of INTERMEDIARIES) {
      for (const { change, config } of fixes) {
        if (config === undefined) continue;
        expect(existsSync(new URL(config, ROOT)), `${id}: ${config}`).toBe(true);
        const lines = (change.split('  #')[0] ?? change).split('\n').map((line) => line.trim());
        const text = flushLeft(readFileSync(new URL(config, ROOT), 'utf8')).replaceAll(/^#.*$/gm, '');
        for (const line of lines) expect(text, `${id}: ${config}`).toContain(line);
      }
    }
  });

  it('is called proven only with a configuration that a test runs', () => {
    const run = new Set(['nginx/passthrough.conf', ...filesRun()]);
    for (const [where, fix] of ALL) if (fix.proven) expect(run, where).toContain(fix.config);
    // The list itself is run: both halves of every pair, and the nginx file.
    const tests = (name: string): string => readFileSync(new URL(`test/e2e/${name}`, ROOT), 'utf8');
    for (const kind of ['buffering', 'passthrough'])
      expect(tests(`intermediaries-${kind}.test.ts`)).toContain('of allPairs()');
    expect(tests('nginx-lockstep.test.ts')).toContain('passthrough');
  });
});

describe('fixesFor', () => {
  it('gives the line of a known product first', () => {
    expect(changes(fixesFor(['nginx'], 'held-until-close'))[0]).toBe('proxy_buffering off;');
    expect(changes(fixesFor(['haproxy'], 'held-for-time'))[0]).toBe('option http-no-delay');
    expect(changes(fixesFor(['lighttpd'], 'until-close'))[0]).toBe('server.stream-response-body = 2');
  });

  it('takes a kind of hold for its finding', () => {
    for (const kind of HOLD_KINDS) expect(fixesFor(['nginx'], kind).length, kind).toBeGreaterThan(0);
    expect(fixesFor(['nginx'], 'head-only')).toEqual(fixesFor(['nginx'], 'head-held'));
  });

  it('offers the opt-out of the origin beside a product that obeys it, and not beside one that ignores it', () => {
    expect(changes(fixesFor(['nginx'], 'held-until-close'))).toContain('X-Accel-Buffering: no');
    expect(changes(fixesFor(['lighttpd'], 'held-until-close'))).not.toContain('X-Accel-Buffering: no');
    expect(changes(fixesFor(['lighttpd'], 'held-until-close'))).toContain('Incremental: ?1');
  });

  it('offers every opt-out and, marked as a guess, the nginx line where nothing is known', () => {
    const fixes = fixesFor([], 'held-until-close');
    expect(changes(fixes)).toEqual(
      expect.arrayContaining([
        'X-Accel-Buffering: no',
        'Incremental: ?1',
        'Cache-Control: no-cache, no-transform',
      ]),
    );
    expect(fixes.find(({ where }) => where === 'nginx')?.change).toContain('if the proxy is an nginx');
  });

  it('falls back the same way beside a product that does not hold by itself', () => {
    expect(changes(fixesFor(['heroku'], 'held-until-close'))).toEqual(
      changes(fixesFor([], 'held-until-close')),
    );
    expect(fixesFor(['cloudflare'], 'held-until-close').some(({ where }) => where === 'nginx')).toBe(true);
  });

  it('keeps the general advice beside a product that is only possible', () => {
    const sure = changes(fixesForSuspects([{ id: 'lighttpd', confidence: 'likely' }], 'held-until-close'));
    const possible = changes(
      fixesForSuspects([{ id: 'lighttpd', confidence: 'possible' }], 'held-until-close'),
    );
    expect(sure).not.toContain('X-Accel-Buffering: no');
    expect(possible).toEqual(
      expect.arrayContaining(['server.stream-response-body = 2', 'X-Accel-Buffering: no']),
    );
  });

  it('does not offer no-transform against a hold that a recognised product makes without compressing', () => {
    expect(changes(fixesFor(['haproxy'], 'held-for-time'))).toEqual(['option http-no-delay']);
    expect(changes(fixesFor(['haproxy'], 'compressed-unflushed'))).toContain(
      'Cache-Control: no-cache, no-transform',
    );
  });

  it('ignores ids it does not know', () => {
    expect(fixesFor(['no-such-product'], 'held-until-close')).toEqual(fixesFor([], 'held-until-close'));
  });

  it('never repeats a change', () => {
    for (const id of FINDING_IDS) {
      const list = changes(fixesFor(['nginx', 'kong', 'ingress-nginx', 'cloudflare', 'haproxy'], id));
      expect(new Set(list).size, id).toBe(list.length);
    }
  });

  it('tells two nginx in a row to pass the opt-out on, or to say it for the application', () => {
    expect(changes(fixesFor(['nginx'], 'opt-out-stripped'))).toEqual([
      'proxy_pass_header X-Accel-Buffering;',
      'add_header X-Accel-Buffering no;',
    ]);
  });

  it('keeps a quiet stream alive with comments, and raises the timeout of the product', () => {
    const list = changes(fixesFor(['nginx'], 'cut-when-idle'));
    expect(list[0]).toBe('proxy_read_timeout 1h;');
    expect(list[1]).toMatch(/^: keep-alive/);
  });
});
