import type { Report } from '../types.ts';
import { formatHtml } from './html.ts';
import { formatJson } from './json.ts';
import { formatJunit } from './junit.ts';
import { formatMarkdown } from './markdown.ts';
import { formatText } from './text.ts';
import type { TextOptions } from './text-style.ts';

export const REPORT_FORMATS = ['text', 'json', 'markdown', 'html', 'junit'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The report in one of the formats, a newline at the end. The options matter to `text` alone. */
export function formatReport(report: Report, format: ReportFormat, options: TextOptions): string {
  const write: Record<ReportFormat, () => string> = {
    text: () => formatText(report, options),
    json: () => formatJson(report),
    markdown: () => formatMarkdown(report),
    html: () => formatHtml(report),
    junit: () => formatJunit(report),
  };
  return write[format]();
}
