import type { Outcome } from './view.ts';

const SHAPES: Readonly<Record<Outcome, string>> = {
  good: 'M5 12.5l4.5 4.5L19 7.5',
  bad: 'M6 6l12 12M18 6L6 18',
  warn: 'M12 5v9M12 18v1',
  unknown: 'M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1-1.5 2.3M12 18v1',
  running: 'M12 6v6l4 2',
  later: 'M12 6v6l4 2',
  skipped: 'M6 12h12',
};

/** A shape for an outcome. It says nothing aloud: the words beside it do. */
export function Sign({ outcome, large = false }: { outcome: Outcome; large?: boolean }) {
  return (
    <svg class={`sign ${outcome}${large ? ' large' : ''}`} viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="11" />
      <path d={SHAPES[outcome]} />
    </svg>
  );
}
