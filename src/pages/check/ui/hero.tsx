import type { ComponentChildren } from 'preact';
import { strings } from '../strings.ts';
import { Sign } from './sign.tsx';
import type { Answer } from './view.ts';

interface Props {
  answer: Answer;
  /** 0 to 1; null where nothing runs. */
  progress: number | null;
  /** The button that belongs to it. */
  children: ComponentChildren;
}

/** The answer: the first and the largest thing on the page. */
export function Hero({ answer, progress, children }: Props) {
  const { outcome, headline, meaning } = answer;
  return (
    <div class={`hero ${outcome}`} data-outcome={outcome}>
      <Sign outcome={outcome} large />
      <div class="words">
        <h1 tabIndex={-1} id="answer">
          {headline}
        </h1>
        {meaning.map((paragraph, index) => (
          <p key={index} class="meaning">
            {paragraph}
          </p>
        ))}
        {progress !== null && <progress max={1} value={progress} aria-label={strings.progress} />}
      </div>
      <div class="actions">{children}</div>
    </div>
  );
}
