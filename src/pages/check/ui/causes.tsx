import { strings } from '../strings.ts';
import { Sign } from './sign.tsx';
import type { Cause } from './view.ts';

/** What the rules of the command line found, in their words. */
export function Causes({ causes }: { causes: readonly Cause[] }) {
  return (
    <section class="checks causes" aria-labelledby="causes">
      <h2 id="causes">{strings.causesTitle}</h2>
      <ul>
        {causes.map(({ id, title, text, sure, outcome }) => (
          <li key={id}>
            <Sign outcome={outcome} />
            <div>
              <strong>{title}</strong> <span class={`word ${outcome}`}>{sure}</span>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
