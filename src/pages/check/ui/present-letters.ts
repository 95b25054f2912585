import type { Blame, CheckState, CheckVerdict } from '../model.ts';
import { strings } from '../strings.ts';
import { letterFor } from '../verdict-strings.ts';
import { developerNote } from './developer-note.ts';
import { outcomeOf } from './present-answer.ts';
import type { Letter } from './view.ts';

/** Who can do something about it, the one who most likely can first. */
const ASKED: Readonly<Record<Blame, readonly ('site' | 'it')[]>> = {
  none: [],
  client: [],
  bypass: [],
  network: ['it'],
  edge: ['site'],
  path: ['site', 'it'],
  unknown: ['site', 'it'],
};

/** What to send to whom. Empty where everything works. */
export function presentLetters(state: CheckState): Letter[] {
  const { verdict } = state;
  if (verdict === null) return [];
  if (outcomeOf(verdict) === 'good' && verdict.blame !== 'client') return [];
  const asked = ASKED[verdict.blame].flatMap((id) => letterTo(id, state, verdict) ?? []);
  const { recipients, reasons } = strings;
  const text = developerNote(state, verdict);
  return [...asked, { id: 'developer', recipient: recipients.developer, reason: reasons.developer, text }];
}

function letterTo(id: 'site' | 'it', state: CheckState, verdict: CheckVerdict): Letter | null {
  const { blame, holdKind, report } = verdict;
  const towards: Blame = id === 'site' ? 'edge' : blame === 'edge' ? 'network' : blame;
  const letter = letterFor({ blame: towards, verdict: verdict.verdict, holdKind, report, state });
  if (letter === null) return null;
  const reason =
    verdict.blame === 'path' ? `${strings.reasons[id]} ${strings.lettersWhere}` : strings.reasons[id];
  return { id, recipient: strings.recipients[id], reason, text: strings.letter(letter.subject, letter.text) };
}
