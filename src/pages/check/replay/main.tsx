import { render } from 'preact';
import '../../shared/theme.css';
import '../check.css';
import { finishedCheck, SCENARIOS, type Scenario } from '../fixtures.ts';
import { replayCheck } from '../replay.ts';
import { Announcer } from '../ui/announcer.tsx';
import { App } from '../ui/app.tsx';
import type { Engine } from '../ui/use-check.ts';

/**
 * The page with recorded runs in the place of real ones, for tests and for working on it without a server:
 * `?scenario=NAME&speed=N&link=none#shared`.
 */
const query = new URLSearchParams(location.search);
const scenario = SCENARIOS.find((name) => name === query.get('scenario')) ?? ('streaming' satisfies Scenario);
const speed = Number(query.get('speed') ?? '1');

const engine: Engine = {
  startCheck: () => replayCheck(scenario, speed),
  readShared: async (fragment) => {
    if (fragment === '') return null;
    if (fragment === 'shared') return finishedCheck(scenario);
    throw new Error('What is behind the # of this link is not a result.');
  },
  shareLink: async () => (query.get('link') === 'none' ? null : `${location.href}#shared`),
};

const place = document.getElementById('page');
if (place !== null) {
  render(
    <Announcer>
      <App engine={engine} />
    </Announcer>,
    place,
  );
}
