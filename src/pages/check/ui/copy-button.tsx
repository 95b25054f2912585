import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { useAnnounce } from './announcer.tsx';
import { copyText } from './clipboard.ts';

const SHOWN_MS = 4000;

interface Props {
  /** What the button says. */
  children: ComponentChildren;
  /** Made when it is pressed. */
  text: () => string;
  /** What is said aloud and shown when it is done. */
  done: string;
  primary?: boolean;
}

/** Copies a text and says, in sight and aloud, whether that worked. */
export function CopyButton({ children, text, done, primary = false }: Props) {
  const announce = useAnnounce();
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    const sentence = (await copyText(text())) ? done : strings.copyFailed;
    setSaid(sentence);
    announce(sentence);
  };
  return (
    <span class="with-word">
      <button type="button" class={primary ? 'primary' : undefined} onClick={() => void copy()}>
        {children}
      </button>
      {said !== '' && (
        <span class="said" aria-hidden="true">
          {said}
        </span>
      )}
    </span>
  );
}
