import { useEffect } from 'preact/hooks';
import { strings } from '../strings.ts';
import { Advice } from './advice.tsx';
import { Causes } from './causes.tsx';
import { CheckList } from './check-list.tsx';
import { Counters } from './counters.tsx';
import { EventTable } from './event-table.tsx';
import { Hero } from './hero.tsx';
import { Lanes } from './lanes.tsx';
import { Letters } from './letters.tsx';
import { LinkNotice } from './link-notice.tsx';
import { Quiet } from './quiet.tsx';
import { Share } from './share.tsx';
import { type Engine, useCheck } from './use-check.ts';

/** The whole page. */
export function App({ engine }: { engine: Engine }) {
  const { view, actions } = useCheck(engine);
  const headline = view?.answer.headline;
  useEffect(() => {
    document.title = headline === undefined ? strings.title : `${headline} · unclog`;
  }, [headline]);
  if (view === null) return <main />;
  const running = view.state === 'running';
  return (
    <main data-state={view.state}>
      <header class="brand">
        <strong>{strings.brand}</strong>
        <span>{view.host}</span>
      </header>
      {view.sender !== null && <LinkNotice sender={view.sender} onStart={() => actions.start()} />}
      <Hero answer={view.answer} progress={view.progress}>
        {running && (
          <button type="button" key="main" onClick={actions.stop}>
            {strings.stop}
          </button>
        )}
        {!running && view.sender === null && (
          <button type="button" key="main" class="primary" onClick={() => actions.start()}>
            {view.state === 'bad-link' ? strings.start : strings.again}
          </button>
        )}
      </Hero>
      {view.counts.length > 0 && <Counters counts={view.counts} />}
      {view.lanes.length > 0 && <Lanes lanes={view.lanes} />}
      {view.advice.length > 0 && <Advice paragraphs={view.advice} />}
      {view.causes.length > 0 && <Causes causes={view.causes} />}
      {view.letters.length > 0 && <Letters letters={view.letters} />}
      {view.checks.length > 0 && <CheckList lines={view.checks} warnings={view.warnings} />}
      {!running && view.sender === null && view.state !== 'bad-link' && (
        <Quiet onStart={(quietMs) => actions.start({ quietMs })} />
      )}
      {view.share !== null && <Share share={view.share} />}
      {!running && view.lanes.length > 0 && <EventTable lanes={view.lanes} />}
      <footer class="brand">{strings.privacy}</footer>
    </main>
  );
}
