import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import {
  LANE_IDS,
  type LaneId,
  type Speed,
  type StageState,
  type SwitchRequest,
} from '../../demo/live-protocol.ts';
import { Playing, SwitchBoard } from './controls.tsx';
import { createOutcomes } from './effects.ts';
import { Lane, titleOf } from './lane.tsx';
import { arrivedCount, hasFlowed, type RoundRun, sentCount, statusOf, worstHoldMs } from './model.ts';
import { openRound } from './round.ts';
import { STRINGS } from './strings.ts';

/** How long the result of a round stays before the next one. */
const REST_MS = 5_000;
const TICK_MS = 100;
/** One lane more where it needs no scrolling. */
const ROOMY = '(min-width: 75rem) and (min-height: 56rem)';
const NARROW = '(max-width: 47.99rem)';
const CALM = '(prefers-reduced-motion: reduce)';

interface Shown {
  round: RoundRun;
  startedAtMs: number;
}

export function App() {
  const [stage, setStage] = useState<StageState | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [isPlaying, setPlaying] = useState(true);
  const [speed, setSpeed] = useState<Speed>('normal');
  const [trouble, setTrouble] = useState('');
  const [isBusy, setBusy] = useState(false);
  /** Grows with every round that is asked for. */
  const [turn, setTurn] = useState(1);
  const outcomes = useRef(createOutcomes()).current;
  const isRoomy = useMedia(ROOMY);
  const isNarrow = useMedia(NARROW);
  const lanes = LANE_IDS.filter((id) => id !== 'passthrough' || isRoomy);
  const again = useCallback(() => setTurn((number) => number + 1), []);
  const nowMs = useNow(shown, isPlaying);

  useEffect(() => {
    if (!isPlaying || isBusy) return;
    let first: StageState | null = null;
    return openRound(lanes, speed, {
      onStage(next) {
        setStage(next);
        setTrouble('');
        // Somebody switched in another window: what is under way no longer tells anything.
        if (first !== null && first.revision !== next.revision) again();
        first ??= next;
      },
      onChange(round, startedAtMs) {
        setShown({ round, startedAtMs });
        if (round.isOver && first !== null) outcomes.note(first.switches, outcomeOf(round));
      },
      onLost() {
        setTrouble(STRINGS.noServer);
        setPlaying(false);
      },
    });
  }, [turn, isPlaying, isBusy, speed, lanes.length]);

  const isOver = shown?.round.isOver ?? false;
  useEffect(() => {
    if (!isOver || !isPlaying) return;
    if (window.matchMedia(CALM).matches) return setPlaying(false);
    const rest = setTimeout(again, REST_MS);
    return () => clearTimeout(rest);
  }, [isOver, isPlaying]);

  async function change(request: SwitchRequest): Promise<void> {
    setBusy(true);
    try {
      const body = JSON.stringify(request);
      const headers = { 'Content-Type': 'application/json' };
      const response = await fetch('/switches', { method: 'POST', headers, body });
      if (response.ok) setStage(await response.json());
      else setTrouble(STRINGS.switchFailed(await response.text()));
    } catch {
      setTrouble(STRINGS.noServer);
    }
    setBusy(false);
    setPlaying(true);
    again();
  }

  return (
    <main>
      <header class="top">
        <div>
          <h1>{STRINGS.title}</h1>
          {stage !== null && !isNarrow && <Intro stage={stage} />}
        </div>
        <Playing
          isPlaying={isPlaying}
          onPlay={setPlaying}
          onAgain={() => {
            setPlaying(true);
            again();
          }}
        />
      </header>
      <p class="trouble" role="alert">
        {trouble}
      </p>
      {stage !== null && shown !== null && (
        <div class="lanes">
          {shown.round.lanes.map((run, index, all) => {
            const lane = stage.lanes.find(({ id }) => id === run.id);
            return lane === undefined ? null : (
              <Lane
                key={run.id}
                number={index + 1}
                lane={lane}
                run={run}
                round={shown.round}
                stage={stage}
                nowMs={nowMs}
                isNarrow={isNarrow}
                hasAxis={index === all.length - 1}
              />
            );
          })}
        </div>
      )}
      {stage !== null && isNarrow && <Intro stage={stage} />}
      {stage !== null && (
        <SwitchBoard
          stage={stage}
          outcomes={outcomes}
          isBusy={isBusy}
          speed={speed}
          onSpeed={setSpeed}
          onSwitch={(id, on) => void change({ switches: { [id]: on } })}
          onReset={() => {
            outcomes.forget();
            setSpeed('normal');
            void change({ reset: true });
          }}
        />
      )}
      <p class="unseen" role="status">
        {stage !== null && shown !== null && announcement(stage, shown.round)}
      </p>
    </main>
  );
}

function Intro({ stage }: { stage: StageState }) {
  const { kind, name, from } = stage.hop;
  const hop = kind === 'simulated' ? STRINGS.simulatedName : STRINGS.hopName(name, from);
  return (
    <p class="intro">
      {STRINGS.intro(hop)} {kind === 'simulated' && STRINGS.simulated}
    </p>
  );
}

const outcomeOf = (round: RoundRun): Map<LaneId, boolean> =>
  new Map(round.lanes.map((lane) => [lane.id, hasFlowed(lane)]));

/** For those who listen: once when a lane is seen to hold, and once when all is over. */
function announcement(stage: StageState, round: RoundRun): string {
  const titled = round.lanes.flatMap((run) => {
    const lane = stage.lanes.find(({ id }) => id === run.id);
    return lane === undefined ? [] : [{ run, title: titleOf(lane) }];
  });
  if (!round.isOver) {
    const silent = titled.find(({ run }) => sentCount(run) >= 5 && arrivedCount(run) === 0);
    return silent === undefined ? '' : STRINGS.holdingNow(silent.title, 5);
  }
  const lanes = titled.map(({ run, title }) => {
    const status = statusOf(run, 0);
    const how =
      status === 'late' || status === 'partly'
        ? `${STRINGS.states[status]}, ${STRINGS.lateBy(STRINGS.seconds(worstHoldMs(run)))}`
        : status === 'live'
          ? STRINGS.onTime
          : STRINGS.states[status];
    return STRINGS.laneSummary(title, arrivedCount(run), sentCount(run), how);
  });
  return STRINGS.summary(lanes.join(' '));
}

/** Milliseconds since the round began, a few times a second; stands still when the round does. */
function useNow(shown: Shown | null, isPlaying: boolean): number {
  const [nowMs, setNow] = useState(0);
  const startedAtMs = shown?.startedAtMs ?? 0;
  const runs = isPlaying && shown !== null && !shown.round.isOver;
  useEffect(() => {
    if (!runs) return;
    const tick = () => setNow(performance.now() - startedAtMs);
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [runs, startedAtMs]);
  return nowMs;
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const update = () => setMatches(list.matches);
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return matches;
}
