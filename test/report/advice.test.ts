import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/probe/diagnose.ts';
import { formatHtml } from '../../src/report/html.ts';
import { formatMarkdown } from '../../src/report/markdown.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { formatText } from '../../src/report/text.ts';
import type { Finding, Report } from '../../src/types.ts';
import { readRecordings } from '../support/record-fixtures.ts';

const REPORT: Report = diagnose(readRecordings().get('nginx-stock') ?? []);
const HELD: Finding | undefined = REPORT.findings.find(({ id }) => id === 'held-until-close');

describe('a report on a held stream', () => {
  it('carries where the fix goes, what does nothing, and the page, as its schema says', () => {
    expect(reportSchema.safeParse(REPORT).success).toBe(true);
    expect(HELD?.fixes[0]?.section).toBe('http, server or location block');
    expect(HELD?.doesNothing?.[0]?.advice).toBe('add_header X-Accel-Buffering no;');
    expect(HELD?.docs).toContain('docs/findings/held-until-close.md');
  });

  it('shows them as text, in less than 80 columns', () => {
    const text = formatText(REPORT, { color: false, unicode: false });
    expect(text).toMatch(/^no use {4}add_header X-Accel-Buffering no;/m);
    expect(text).toMatch(/^page {6}.*docs\/findings\/held-until-close\.md$/m);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'in nginx (http, server or location block; tested: configs/nginx/passthrough.conf):',
    );
    for (const line of text.split('\n')) if (!line.includes('://')) expect(line.length).toBeLessThan(80);
  });

  it('shows them in Markdown and HTML', () => {
    expect(formatMarkdown(REPORT)).toContain(
      'Often tried, does nothing:\n\n- `add_header X-Accel-Buffering no;`',
    );
    expect(formatHtml(REPORT)).toContain('<li><code>add_header X-Accel-Buffering no;</code>');
    expect(formatMarkdown(REPORT)).toContain('docs/findings/held-until-close.md');
    expect(formatHtml(REPORT)).toContain('docs/findings/held-until-close.md');
  });
});
