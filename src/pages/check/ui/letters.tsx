import { useRef, useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { CopyButton } from './copy-button.tsx';
import { ScrollBox } from './scroll-box.tsx';
import type { Letter } from './view.ts';

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

/** What to send to whom: tabs, the one who can do most about it first. */
export function Letters({ letters }: { letters: readonly Letter[] }) {
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const letter = letters[chosen] ?? letters[0];
  if (letter === undefined) return null;

  // https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const to =
      step !== undefined
        ? (chosen + step + letters.length) % letters.length
        : { Home: 0, End: letters.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setChosen(to);
    list.current?.querySelectorAll('button')[to]?.focus();
  };

  return (
    <section class="letters" aria-labelledby="letters">
      <h2 id="letters">{strings.lettersTitle}</h2>
      <div ref={list} role="tablist" aria-labelledby="letters" class="tabs" onKeyDown={move}>
        {letters.map(({ id, recipient }, index) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={letter.id === id}
            aria-controls={`letter-${id}`}
            tabIndex={letter.id === id ? 0 : -1}
            onClick={() => setChosen(index)}
          >
            {recipient}
          </button>
        ))}
      </div>
      {letters.map(({ id, recipient, reason, text }) => (
        <div
          key={id}
          role="tabpanel"
          id={`letter-${id}`}
          aria-labelledby={`tab-${id}`}
          hidden={letter.id !== id}
        >
          <p>{reason}</p>
          <CopyButton primary text={() => text} done={strings.letterCopied}>
            {strings.copyLetter}
          </CopyButton>
          <ScrollBox text label={strings.letterFor(recipient)}>
            {text}
          </ScrollBox>
        </div>
      ))}
    </section>
  );
}
