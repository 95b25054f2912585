import type { ComponentChildren } from 'preact';

interface Props {
  /** What is in it, for people who do not see it. */
  label: string;
  /** True where line breaks and blanks count. */
  text?: boolean;
  children: ComponentChildren;
}

/** A box that scrolls by itself, and can be scrolled by keyboard. */
export function ScrollBox({ label, text = false, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: only what can be focused scrolls by keyboard.
    <section class={text ? 'scrolls letter' : 'scrolls'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
