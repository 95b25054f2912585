import { printable, printableLines } from './printable.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * One line for element content or a quoted attribute, in HTML and in XML 1.0: markup escaped, and no character left that
 * XML forbids (section 2.2: most controls, lone surrogates, U+FFFE, U+FFFF).
 */
export function escapeXml(text: string): string {
  return entities(printable(text, true));
}

/** The same for content whose line breaks mean something. */
export function escapeXmlLines(text: string): string {
  return entities(printableLines(text, true).join('\n'));
}

function entities(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
