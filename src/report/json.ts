import type { Report } from '../types.ts';

/**
 * The report as indented JSON, a newline at the end. Characters that act on a terminal and that JSON leaves alone (DEL,
 * C1 controls, direction marks) are written as escapes: the same value, harmless when printed.
 */
export function formatJson(report: Report): string {
  const text = JSON.stringify(report, null, 2).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}
