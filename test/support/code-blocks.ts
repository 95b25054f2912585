import { readFileSync } from 'node:fs';

/** The fenced code blocks of a page in this repository, in order: language and text. */
export function codeBlocks(page: string): { language: string; text: string }[] {
  const markdown = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** The first block in a language. */
export function codeBlock(page: string, language: string): string {
  const block = codeBlocks(page).find((one) => one.language === language);
  if (block === undefined) throw new Error(`${page} has no ${language} block`);
  return block.text;
}
