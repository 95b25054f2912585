import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useRef, useState } from 'preact/hooks';

type Announce = (text: string) => void;

const Announcing = createContext<Announce>(() => {});

/** Says a sentence to people who listen to the page. Milestones and confirmations only: never what changes by itself. */
export function useAnnounce(): Announce {
  return useContext(Announcing);
}

/** Holds the one live region of the page. */
export function Announcer({ children }: { children: ComponentChildren }) {
  const [text, setText] = useState('');
  const again = useRef(false);
  const announce = useCallback((next: string) => {
    // The same sentence twice would not be read out again unless the text differs.
    again.current = !again.current;
    setText(again.current ? next : `${next}\u00a0`);
  }, []);
  return (
    <Announcing.Provider value={announce}>
      {children}
      <p role="status" class="away">
        {text}
      </p>
    </Announcing.Provider>
  );
}
