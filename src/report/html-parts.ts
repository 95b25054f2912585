import { showMs } from '../knowledge/phrases.ts';
import { escapeXml } from './escape-xml.ts';

/** Text of unknown writing direction that cannot turn its neighbours around. */
export function bdi(text: string): string {
  return `<bdi>${escapeXml(text)}</bdi>`;
}

/** A duration, `-` where there is none. */
export function shownMs(value: number | null): string {
  return value === null ? '-' : showMs(value);
}

/** A list of texts; nothing for none. */
export function list(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `<ul>${texts.map((text) => `<li>${bdi(text)}</li>`).join('')}</ul>`;
}

/**
 * A bar as long as its share of the whole. It stands beside the number that it shows, so readers aloud skip it.
 * @param share from 0 to 1; what is not zero is seen
 */
export function bar(share: number): string {
  const width = share <= 0 ? 0 : Math.max(1, Math.round(Math.min(1, share) * 1_000) / 10);
  return `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="10"/></svg>`;
}

/** A part of the page with its heading; nothing where it has no content. */
export function section(id: string, title: string, content: string): string {
  return content === ''
    ? ''
    : `<section aria-labelledby="${id}-title" id="${id}"><h2 id="${id}-title">${escapeXml(title)}</h2>${content}</section>`;
}
