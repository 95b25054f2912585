import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { CheckOptions, CheckRun, CheckState } from '../model.ts';
import { strings } from '../strings.ts';
import { useAnnounce } from './announcer.tsx';
import { milestonesOf } from './milestones.ts';
import { present, presentBadLink } from './present.ts';
import type { PageView } from './view.ts';

/** What the page works with; tests put a replay in the place of a run. */
export interface Engine {
  startCheck: (options?: CheckOptions) => CheckRun;
  readShared: (fragment: string) => Promise<CheckState | null>;
  shareLink: (state: CheckState) => Promise<string | null>;
}

/** What a person can do on the page. */
export interface Actions {
  start: (options?: CheckOptions) => void;
  stop: () => void;
}

type Shown =
  | { kind: 'run'; state: CheckState; link: string | null; hints: readonly string[] }
  | { kind: 'shared'; state: CheckState; link: string }
  | { kind: 'bad-link'; reason: string };

/** Opens the result in the address, or starts a run; null until it is known which. */
export function useCheck(engine: Engine): { view: PageView | null; actions: Actions } {
  const announce = useAnnounce();
  const [shown, show] = useState<Shown | null>(null);
  const run = useRef<CheckRun | null>(null);
  const hints = useHints();

  const begin = useCallback((options: CheckOptions = {}) => {
    run.current?.cancel();
    const mine = engine.startCheck(options);
    run.current = mine;
    hints.clear();
    const said = new Set<string>();
    mine.subscribe((state) => {
      if (run.current !== mine) return;
      const fresh = milestonesOf(state).filter((text) => !said.has(text));
      for (const text of fresh) said.add(text);
      if (fresh.length > 0) announce(fresh.join(' '));
      show({ kind: 'run', state, link: null, hints: hints.read() });
    });
    void mine.finished.then(async (state) => {
      const link = await engine.shareLink(state);
      if (run.current === mine) show({ kind: 'run', state, link, hints: hints.read() });
    });
  }, []);

  useEffect(() => {
    const open = async () => {
      try {
        const state = await engine.readShared(location.hash.slice(1));
        if (state === null) return begin();
        run.current?.cancel();
        run.current = null;
        show({ kind: 'shared', state, link: location.href });
      } catch (error) {
        run.current?.cancel();
        run.current = null;
        show({ kind: 'bad-link', reason: error instanceof Error ? error.message : String(error) });
      }
    };
    void open();
    const changed = () => void open();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);

  const start = (options: CheckOptions = {}) => {
    // A reload shall measure again and not go back to the result that came with a link.
    history.replaceState(null, '', location.pathname + location.search);
    begin(options);
    focusAnswer();
  };
  return { view: viewOf(shown), actions: { start, stop: () => run.current?.cancel() } };
}

function viewOf(shown: Shown | null): PageView | null {
  if (shown === null) return null;
  if (shown.kind === 'bad-link') return presentBadLink(shown.reason, location.host);
  const { state, link } = shown;
  const hints = shown.kind === 'run' ? shown.hints : [];
  return present(state, { shared: shown.kind === 'shared', link, hints, nowEpochMs: Date.now() });
}

/** What was pressed may be gone from the page: whoever works by keyboard would be thrown back to its top. */
function focusAnswer(): void {
  requestAnimationFrame(() => {
    const answer = document.getElementById('answer');
    if (document.activeElement === document.body) answer?.focus({ preventScroll: true });
    answer?.scrollIntoView({ block: 'nearest' });
  });
}

/** What the browser itself says about why nothing can be opened. */
function useHints() {
  const blocked = useRef(new Set<string>());
  useEffect(() => {
    const note = ({ effectiveDirective }: SecurityPolicyViolationEvent) => {
      if (effectiveDirective === 'connect-src') blocked.current.add(strings.policyHint);
    };
    document.addEventListener('securitypolicyviolation', note);
    return () => document.removeEventListener('securitypolicyviolation', note);
  }, []);
  return {
    clear: () => blocked.current.clear(),
    read: () => [...(navigator.onLine ? [] : [strings.offlineHint]), ...blocked.current],
  };
}
