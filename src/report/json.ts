import type { Report } from '../types.ts';
import { replaceUnsafe } from './printable.ts';

/**
 * The report as indented JSON, a newline at the end. Characters that act on a terminal and that JSON leaves alone (DEL,
 * C1 controls, direction marks) are written as escapes: the same value, harmless when printed.
 */
export function formatJson(report: Report): string {
  const text = replaceUnsafe(JSON.stringify(report, null, 2), (found) =>
    found === '\n' ? found : escaped(found),
  );
  return `${text}\n`;
}

/**
 * The report as JSON on one line for a `<script>` of a page, or of an XML document: no character in it ends the script,
 * begins a comment (HTML, section 4.12.1.3), or acts on who looks at the source.
 */
export function jsonForScript(report: Report): string {
  return replaceUnsafe(JSON.stringify(report), escaped).replace(/[<>&]/g, escaped);
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
