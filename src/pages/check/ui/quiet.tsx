import { useState } from 'preact/hooks';
import { strings } from '../strings.ts';

/** A little more than the idle timers that are common: 30 s, 60 s and 2 minutes. */
const CHOICES_MS = [35_000, 65_000, 125_000];

/** Finds what cuts a stream in which nothing happens for a while: takes as long as the wait, so it is asked for. */
export function Quiet({ onStart }: { onStart: (quietMs: number) => void }) {
  const [chosenMs, choose] = useState(65_000);
  return (
    <section class="quiet" aria-labelledby="quiet">
      <h2 id="quiet">{strings.quietTitle}</h2>
      <p>{strings.quietWhat}</p>
      <div class="actions">
        <label>
          {strings.quietChoice}{' '}
          <select value={String(chosenMs)} onChange={(event) => choose(Number(event.currentTarget.value))}>
            {CHOICES_MS.map((ms) => (
              <option key={ms} value={String(ms)}>
                {strings.quietOption(ms)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => onStart(chosenMs)}>
          {strings.quietStart}
        </button>
      </div>
    </section>
  );
}
