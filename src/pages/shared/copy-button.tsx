import { useState } from 'preact/hooks';
import { COPY } from './strings.ts';

/** How long a button says what became of the click. */
const TOLD_MS = 2_000;

type State = keyof typeof COPY;

/** A button that puts a text into the clipboard, and says so where a screen reader hears it, too. */
export function CopyButton({ text, label = COPY.ready }: { text: () => string; label?: string }) {
  const [state, setState] = useState<State>('ready');
  const copy = async (): Promise<void> => {
    setState((await copyText(text())) ? 'done' : 'failed');
    setTimeout(() => setState('ready'), TOLD_MS);
  };
  return (
    <>
      <button type="button" class="copy" onClick={() => void copy()}>
        {state === 'ready' ? label : COPY[state]}
      </button>
      <span class="heard" role="status">
        {state === 'ready' ? '' : COPY[state]}
      </span>
    </>
  );
}

/** The clipboard is closed to pages from insecure addresses: a selection can be copied even there. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
