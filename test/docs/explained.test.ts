import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPLAINED_IDS, explain } from '../../src/knowledge/explain.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { diagnose } from '../../src/probe/diagnose.ts';
import type { Observation } from '../../src/types.ts';
import { readRecordings } from '../support/record-fixtures.ts';

const ROOT = new URL('../../', import.meta.url);

/** The anchors of a page, as GitHub makes them of its headings. */
function anchors(path: string): string[] {
  const headings = [...readFileSync(new URL(path, ROOT), 'utf8').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('what a report can name', () => {
  it.each(EXPLAINED_IDS)('%s has an explanation, and the page it names exists', (id) => {
    const docs = explain(id)?.docs ?? '';
    const [path = '', anchor] = (/docs\/.*$/.exec(docs)?.[0] ?? '').split('#');
    expect(path).toMatch(/\.md$/);
    expect(existsSync(new URL(path, ROOT)), path).toBe(true);
    if (anchor !== undefined) expect(anchors(path)).toContain(anchor);
  });

  it('a product: every one that is written into a report anywhere', () => {
    const sources = ['src/report/build-report.ts', 'src/knowledge/suspect.ts', 'src/knowledge/detect.ts'];
    const known = new Set(INTERMEDIARIES.map(({ id }) => id));
    const literal = sources.flatMap((path) =>
      [...readFileSync(new URL(path, ROOT), 'utf8').matchAll(/(?:\bid: |\[)'([a-z][a-z0-9-]+)',/g)].map(
        (match) => match[1] ?? '',
      ),
    );
    expect(literal).toContain('forward-proxy');
    // `confidence` has words of the same form.
    expect(literal.filter((id) => id !== 'possible' && !known.has(id))).toEqual([]);
  });

  it('a proxy that the prober was told to use', () => {
    const [[, observations] = []] = [...readRecordings()];
    const proxy = {
      url: 'http://proxy.example:3128/',
      from: 'http_proxy',
      mode: 'forward',
      answer: null,
    } as const;
    const through = (observations ?? []).map((one): Observation => ({ ...one, proxy }));
    const ids = diagnose(through).hops.flatMap(({ intermediaries }) => intermediaries.map(({ id }) => id));
    expect(ids).toContain('forward-proxy');
    for (const id of ids) expect(explain(id), id).not.toBeNull();
  });
});
