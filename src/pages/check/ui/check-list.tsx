import { strings } from '../strings.ts';
import { Sign } from './sign.tsx';
import type { CheckLine } from './view.ts';

interface Props {
  lines: readonly CheckLine[];
  /** What limits trust in the numbers. */
  warnings: readonly string[];
}

/** Everything that was looked at, one line each. */
export function CheckList({ lines, warnings }: Props) {
  return (
    <section class="checks" aria-labelledby="checks">
      <h2 id="checks">{strings.checksTitle}</h2>
      <ul>
        {lines.map(({ id, name, outcome, text }) => (
          <li key={id} data-check={id} data-outcome={outcome}>
            <Sign outcome={outcome} />
            <div>
              <strong>{name}</strong> <span class={`word ${outcome}`}>{strings.outcome[outcome]}</span>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ul>
      {warnings.length > 0 && (
        <div class="notice warnings">
          <strong>{strings.warningsTitle}</strong>
          {warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </div>
      )}
    </section>
  );
}
