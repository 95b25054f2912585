import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateDocs, strayPages, writeDocs } from '../../scripts/generate-docs.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { QUESTIONS } from '../../src/knowledge/questions.ts';
import { FINDING_IDS } from '../../src/types.ts';

const ROOT = new URL('../../', import.meta.url);

if (process.env.UNCLOG_WRITE_DOCS === '1') writeDocs();

const PAGES = generateDocs();

describe('the generated pages', () => {
  it.each(Object.entries(PAGES))('%s is what the knowledge base says now', (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('are all that lies in their folders', () => {
    expect(strayPages()).toEqual([]);
  });

  it('have a page for every finding and a section for every intermediary', () => {
    const pages = PAGES;
    for (const id of FINDING_IDS) expect(pages[`docs/findings/${id}.md`]).toContain(`\n\n\`${id}\`: `);
    for (const { id } of INTERMEDIARIES) expect(pages['docs/intermediaries.md']).toContain(`\n## ${id}\n`);
  });

  it('link only to pages and sections that exist', () => {
    const pages = PAGES;
    const anchors = new Set(
      Object.entries(pages).flatMap(([path, text]) =>
        [...text.matchAll(/^## (\S+)$/gm)].map((match) => `${path}#${match[1]}`),
      ),
    );
    for (const [path, text] of Object.entries(pages)) {
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file = '', anchor] = target.split('#');
        const url = file === '' ? new URL(path, ROOT) : new URL(file, new URL(path, ROOT));
        const inRepository = url.pathname.slice(new URL(ROOT).pathname.length);
        expect(existsSync(url), `${path}: ${target}`).toBe(true);
        if (anchor !== undefined) expect(anchors, path).toContain(`${inRepository}#${anchor}`);
      }
    }
  });

  it('say of every change whether it was run here', () => {
    for (const [path, text] of Object.entries(PAGES)) {
      if (!/^docs\/(findings|why)\//.test(path)) continue;
      const changes = [...text.matchAll(/^(?:Change|At).*:\n\n```text$/gm)].map(([line]) => line);
      for (const line of changes) expect(line, path).toMatch(/tested here|documented, not reproduced/);
    }
  });

  it('answer every question with a fix, a way to be sure, and versions, in this order', () => {
    for (const { slug, question } of QUESTIONS) {
      const text = PAGES[`docs/why/${slug}.md`] ?? '';
      expect(text).toContain(`\n# ${question}\n`);
      const order = ['## The fix', '```text', '## How to be sure', '## Versions and date'].map((part) =>
        text.indexOf(part),
      );
      expect(
        order.every((at, i) => at > (order[i - 1] ?? 0)),
        slug,
      ).toBe(true);
    }
  });
});
