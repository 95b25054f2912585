import type { Count } from './view.ts';

/** The numbers that a person looks at while it runs. They are not read out while they change. */
export function Counters({ counts }: { counts: readonly Count[] }) {
  return (
    <dl class="counters">
      {counts.map(({ id, name, value, word, outcome }) => (
        <div key={id} data-count={id} class={outcome}>
          <dt>{name}</dt>
          <dd>
            <span class="value">{value}</span>
            {word !== undefined && <span class="word">{word}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
