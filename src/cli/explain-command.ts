import type { Argv, CommandModule } from 'yargs';
import { EXPLAINED_IDS, explain } from '../knowledge/explain.ts';
import type { ExplainedFix, Explanation } from '../knowledge/explanation.ts';
import { suggestions } from '../knowledge/suggest.ts';
import { padEnd, wrap } from '../report/printable.ts';
import { UsageError } from './usage-error.ts';

const WIDTH = 78;
const INDENT = '  ';

interface Arguments {
  id?: string | undefined;
}

/** `unclog explain [ID]`: a finding, an intermediary, a client or a backend from the knowledge base. */
export const explainCommand: CommandModule<object, Arguments> = {
  command: 'explain [id]',
  describe:
    'What a finding, an intermediary, a client or a backend is: how it looks, why, the lines that fix it',
  builder: (yargs) =>
    yargs.positional('id', {
      type: 'string',
      describe: 'such as held-until-close, nginx, clients/axios or backends/fastapi; none: the list',
    }) as Argv<Arguments>,
  handler: ({ id }) => {
    process.stdout.write(id === undefined ? listText() : explainText(id));
  },
};

/**
 * The page about one of them, ready to print.
 * @throws UsageError for an id that is unknown; it names the ids that may have been meant.
 */
export function explainText(id: string): string {
  const explanation = explain(id);
  if (explanation === null) throw unknownId(id);
  return `${pageLines(explanation).join('\n')}\n`;
}

function unknownId(id: string): UsageError {
  const near = suggestions(id);
  const hint = near.length === 0 ? 'unclog explain lists them' : `did you mean ${near.join(' or ')}?`;
  return new UsageError(`explain: "${id}" is no finding, intermediary, client or backend; ${hint}`);
}

/** The list of everything that can be explained. */
export function listText(): string {
  const all = EXPLAINED_IDS.flatMap((id) => explain(id) ?? []);
  const widest = Math.max(...EXPLAINED_IDS.map((id) => id.length));
  const section = (heading: string, kind: Explanation['kind']): string[] => [
    heading,
    ...all.filter((one) => one.kind === kind).flatMap(({ id, title }) => row(padEnd(id, widest), title)),
  ];
  return [
    ...section('Findings', 'finding'),
    '',
    ...section('Intermediaries', 'intermediary'),
    '',
    ...section('Clients', 'client'),
    '',
    ...section('Backends', 'backend'),
    '',
    'unclog explain ID tells more about one of them.',
    '',
  ].join('\n');
}

function row(label: string, text: string): string[] {
  const indent = `${INDENT}${' '.repeat(label.length)}  `;
  return wrap(text, WIDTH - indent.length).map((line, i) =>
    i === 0 ? `${INDENT}${label}  ${line}` : `${indent}${line}`,
  );
}

function pageLines(explanation: Explanation): string[] {
  const { kind, id, title, paragraphs, lists, fixes, doesNothing, docs, sources } = explanation;
  return [
    `${id} (${kind})`,
    ...indented(title),
    ...paragraphs.flatMap(({ label, text }) => ['', label, ...indented(text)]),
    ...lists.flatMap(({ label, lines }) => ['', label, ...lines.flatMap((line) => row('-', line))]),
    ...(fixes.length === 0 ? [] : ['', 'Fixes', ...fixes.flatMap(fixLines)]),
    ...(doesNothing.length === 0
      ? []
      : [
          '',
          'Often tried, does nothing',
          ...doesNothing.flatMap(({ where, advice, why, standing }) =>
            row('-', `${where}: ${advice}. ${why} (${standing})`),
          ),
        ]),
    '',
    'Page',
    `${INDENT}${docs}`,
    '',
    'Sources',
    ...sources.map((source) => `${INDENT}${source}`),
  ];
}

function indented(text: string): string[] {
  return wrap(text, WIDTH - INDENT.length).map((line) => `${INDENT}${line}`);
}

/** Lines to paste are never wrapped. */
function fixLines({
  where,
  change,
  wrong,
  why,
  section,
  versions,
  standing,
  config,
}: ExplainedFix): string[] {
  const notes = [
    section === null ? null : `in: ${section}`,
    versions,
    standing,
    config === null ? null : `whole file: ${config}`,
  ].filter((note) => note !== null);
  return [
    ...indented(`${where} (${notes.join('; ')})`),
    ...(wrong === undefined ? [] : [`${INDENT}${INDENT}not:`, ...pasted(wrong), `${INDENT}${INDENT}but:`]),
    ...pasted(change),
    ...(why === undefined ? [] : indented(why)),
  ];
}

function pasted(lines: string): string[] {
  return lines.split('\n').map((line) => `${INDENT}${INDENT}${INDENT}${line}`);
}
