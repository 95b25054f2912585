import { HOMEPAGE } from '../version.ts';

/**
 * Address of a page of this project, e.g. `docs/findings/held-until-close.md`: below the package's `homepage`, or the
 * path in the repository where package.json names none.
 */
export function docsLink(path: string, homepage: string | null = HOMEPAGE): string {
  return homepage === null ? path : `${homepage.replace(/[#?].*$/, '').replace(/\/+$/, '')}/${path}`;
}

/** The page about a finding. */
export function findingPage(id: string): string {
  return docsLink(`docs/findings/${id}.md`);
}
