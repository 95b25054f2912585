import { BACKENDS } from './backends/index.ts';
import { CLIENTS } from './clients/index.ts';
import { docsLink } from './docs-link.ts';
import type { ExplainedFix, Explanation } from './explanation.ts';
import type { BackendGuide, ClientGuide, Mistake } from './guide.ts';

/** `clients/curl`, `backends/fastapi`: ids of the guides, as their pages are named below docs/. */
export const GUIDE_IDS: readonly string[] = [
  ...CLIENTS.map(({ id }) => `clients/${id}`),
  ...BACKENDS.map(({ id }) => `backends/${id}`),
];

/** Ids of the guides that a bare name may mean: `go` is a client and a backend. */
export function guidesNamed(name: string): readonly string[] {
  return GUIDE_IDS.filter((id) => id.slice(id.indexOf('/') + 1) === name);
}

/** What is known about a client or a backend; null for an id that is neither. */
export function explainGuide(id: string): Explanation | null {
  const client = CLIENTS.find((one) => `clients/${one.id}` === id);
  if (client !== undefined) return explainClient(client);
  const backend = BACKENDS.find((one) => `backends/${one.id}` === id);
  return backend === undefined ? null : explainBackend(backend);
}

function explainClient(guide: ClientGuide): Explanation {
  return {
    ...common(`clients/${guide.id}`, guide),
    kind: 'client',
    paragraphs: [{ label: 'How to be sure', text: guide.sure }],
    lists: listsOf([['Often tried, does nothing', guide.doesNothing], triedList(guide.tried)]),
    fixes: guide.mistakes.map(mistakeFix),
  };
}

function mistakeFix({ symptom, wrong, right, why, standing }: Mistake): ExplainedFix {
  return {
    where: symptom,
    change: right,
    ...(wrong === undefined ? {} : { wrong }),
    why,
    section: null,
    versions: null,
    standing,
    config: null,
  };
}

function explainBackend(guide: BackendGuide): Explanation {
  const fix: ExplainedFix = {
    where: 'a whole endpoint',
    change: guide.code,
    section: null,
    versions: null,
    standing: guide.tried === undefined ? 'documented, not reproduced' : 'tested here',
    config: null,
  };
  return {
    ...common(`backends/${guide.id}`, guide),
    kind: 'backend',
    paragraphs: [],
    lists: listsOf([
      ['What goes wrong', guide.pitfalls],
      ['Often tried, does nothing', guide.doesNothing],
      ['Stands in front or inside', guide.products.map((id) => `unclog explain ${id}`)],
      triedList(guide.tried),
    ]),
    fixes: [fix],
  };
}

function common(id: string, guide: ClientGuide | BackendGuide) {
  return {
    id,
    title: `${guide.name}: ${guide.question}`,
    doesNothing: [],
    docs: docsLink(`docs/${id}.md`),
    sources: guide.sources,
  };
}

function listsOf(lists: readonly [label: string, lines: readonly string[]][]): Explanation['lists'] {
  return lists.flatMap(([label, lines]) => (lines.length === 0 ? [] : [{ label, lines: [...lines] }]));
}

function triedList(tried: ClientGuide['tried']): [string, string[]] {
  const words =
    tried === undefined
      ? 'documented, not reproduced: no test of this project runs these lines'
      : `tested here with version ${tried.version}, ${tried.date}`;
  return ['How sure', [words]];
}
