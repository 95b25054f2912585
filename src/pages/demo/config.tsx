import type { RunningConfig } from '../../demo/live-protocol.ts';
import { excerpt } from './model.ts';
import { STRINGS } from './strings.ts';

interface Line {
  at: number;
  line: string;
}

function Lines({ lines, changed }: { lines: readonly Line[]; changed: readonly number[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by keyboard.
    <pre tabIndex={0}>
      {lines.map(({ at, line }) =>
        changed.includes(at) ? (
          <mark key={at}>
            <span class="line">{line}</span>
            <span class="unseen"> ({STRINGS.changed})</span>
            {'\n'}
          </mark>
        ) : (
          <span key={at} class="line">
            {`${line}\n`}
          </span>
        ),
      )}
    </pre>
  );
}

function Part({ part, isSimulated }: { part: RunningConfig; isSimulated: boolean }) {
  const name = part.of === 'nginx' && isSimulated ? STRINGS.simulatedPart : STRINGS.parts[part.of];
  return (
    <div class="part" data-part={part.of}>
      {part.of === 'nginx' ? (
        <details>
          <summary>
            {name}, {STRINGS.wholeFile}
          </summary>
          <Lines lines={part.text.split('\n').map((line, at) => ({ at, line }))} changed={part.changed} />
        </details>
      ) : (
        <p class="part-name">{name}</p>
      )}
      <Lines lines={excerpt(part)} changed={part.changed} />
    </div>
  );
}

interface Props {
  title: string;
  /** What the server answered with in this round; null before it has. */
  head: RunningConfig | null;
  hops: readonly RunningConfig[];
  isSimulated: boolean;
  /** Narrow screens show it when asked to. */
  isFolded: boolean;
}

/** What is in force on a lane, as it was read from what runs; lines that stock settings lack are marked. */
export function RunningNow({ title, head, hops, isSimulated, isFolded }: Props) {
  // On the lanes behind a hop the server's head is of interest as far as somebody has switched it.
  const server = head !== null && (hops.length === 0 || head.changed.length > 0) ? [head] : [];
  const parts = [...server, ...hops].map((part) => (
    <Part key={part.of} part={part} isSimulated={isSimulated} />
  ));
  const label = `${STRINGS.running}: ${title}`;
  if (!isFolded)
    return (
      <section class="config" aria-label={label}>
        {parts}
      </section>
    );
  return (
    <details class="config" aria-label={label}>
      <summary>{STRINGS.running}</summary>
      {parts}
    </details>
  );
}
