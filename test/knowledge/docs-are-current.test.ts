import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateDocs, writeDocs } from '../../scripts/generate-docs.ts';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { FINDING_IDS } from '../../src/types.ts';

if (process.env.UNCLOG_WRITE_DOCS === '1') writeDocs();

describe('the generated pages', () => {
  it.each(Object.entries(generateDocs()))('%s is what the knowledge base says now', (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('have a section for every finding and every intermediary', () => {
    const { 'docs/findings.md': findings = '', 'docs/intermediaries.md': intermediaries = '' } =
      generateDocs();
    for (const id of FINDING_IDS) expect(findings).toContain(`\n## ${id}\n`);
    for (const { id } of INTERMEDIARIES) expect(intermediaries).toContain(`\n## ${id}\n`);
  });

  it('link only to sections that exist', () => {
    const pages = generateDocs();
    const anchors = new Set(
      Object.entries(pages).flatMap(([path, text]) =>
        [...text.matchAll(/^## (\S+)$/gm)].map((match) => `${path}#${match[1]}`),
      ),
    );
    for (const [path, text] of Object.entries(pages)) {
      for (const [, file, anchor] of text.matchAll(/\]\(([\w.-]*)#([\w-]+)\)/g)) {
        expect(anchors).toContain(`${file === '' ? path : `docs/${file}`}#${anchor}`);
      }
    }
  });
});
