import { strings } from '../strings.ts';

/** What the answer means, and what to do about it. */
export function Advice({ paragraphs }: { paragraphs: readonly string[] }) {
  return (
    <section class="meant" aria-labelledby="meant">
      <h2 id="meant">{strings.adviceTitle}</h2>
      {paragraphs.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
    </section>
  );
}
