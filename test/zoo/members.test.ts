import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { FINDING_IDS } from '../../src/types.ts';
import { placeConfig, readMembers } from '../containers/members.ts';
import { repositoryRoot } from '../support/drivers/driver.ts';
import { DRIVERS, type DriverId } from '../support/drivers/index.ts';

const ROOT = repositoryRoot();
const MEMBERS = readMembers();
const HALVES = MEMBERS.flatMap(({ halves }) =>
  halves.map((half) => ({ ...half, named: namedFile(half.service) })),
);

/** The file below configs/ that a service names. */
function namedFile(service: object): { product: string; path: string } {
  const [, product = '', file = ''] =
    /\/zoo\/([\w-]+)\/([\w.-]+)/.exec(JSON.stringify(service).replaceAll(/\/zoo\/frames\/[\w.-]+/g, '')) ??
    [];
  return { product, path: `configs/${product}/${file}` };
}

describe('a member of the zoo', () => {
  it('is a product of the knowledge base, or nginx under another name', () => {
    const ids = MEMBERS.map(({ id }) => (id === 'openresty' ? 'nginx' : id));
    expect(ids.filter((id) => !INTERMEDIARY_BY_ID.has(id))).toEqual([]);
    expect(ids.length).toBeGreaterThan(10);
  });

  it('has an image with a tag, and none is the latest', () => {
    for (const { id, image } of MEMBERS) {
      expect(image, id).toMatch(/^[\w./-]+:[\w.-]+$/);
      expect(image, id).not.toMatch(/:latest$/);
    }
  });

  it.each(HALVES)('$name runs with a file of configs/ that is its own', ({ named, kind, port }) => {
    expect(existsSync(join(ROOT, named.path)), named.path).toBe(true);
    expect(named.path).toContain(`/${kind}`);
    const placed = placeConfig(named.product, readFileSync(join(ROOT, named.path), 'utf8'));
    const code = placed.replaceAll(/^\s*(#|\/\/).*$/gm, '');
    // The two words stand side by side, with whatever each language puts between them.
    expect(code).toMatch(/\borigin\b[^\n]*\b8000\b|\borigin";\s+\.port = "8000"/);
    expect(code).not.toMatch(/127\.0\.0\.1/);
    expect(code).not.toContain(String(port === 8_081 ? 8_082 : 8_081));
  });

  it.each(HALVES)('$name has no right that it does not need', ({ service }) => {
    expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.user).not.toMatch(/^(0|root)\b/);
  });

  it('shows something as it goes wrong, and streams as it goes right', () => {
    for (const { halves } of MEMBERS) {
      expect(halves.at(-1)?.kind).toBe('passthrough');
      for (const { kind, shows } of halves) if (kind === 'buffering') expect(shows).not.toBeNull();
    }
  });

  it.each(HALVES)('$name says what its buffering half shows', ({ shows, path }) => {
    if (shows !== null) expect(FINDING_IDS).toContain(shows);
    expect(path).toMatch(/^\/\.well-known\/unclog\/stream\?events=\d+&interval=\d+ms/);
  });

  it('shows the finding that its driver declares', () => {
    for (const { id, halves } of MEMBERS) {
      const pair = Object.hasOwn(DRIVERS, id)
        ? DRIVERS[id as DriverId].pairs.find(({ name }) => name === '')
        : null;
      if (pair?.buffering == null) continue;
      for (const { shows } of halves) expect(pair.buffering.findings, id).toContain(shows);
    }
  });
});
