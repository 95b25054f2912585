import { type LaneId, SPEEDS, type Speed, type StageState, type SwitchId } from '../../demo/live-protocol.ts';
import type { Outcomes } from './effects.ts';
import { STRINGS } from './strings.ts';

interface PlayingProps {
  isPlaying: boolean;
  onPlay(isPlaying: boolean): void;
  onAgain(): void;
}

/** Starts and stops the rounds. */
export function Playing({ isPlaying, onPlay, onAgain }: PlayingProps) {
  return (
    <section class="playing" aria-label={STRINGS.controls}>
      <button type="button" class="play" onClick={() => onPlay(!isPlaying)}>
        <span aria-hidden="true">{isPlaying ? '❚❚' : '▶'}</span>{' '}
        <span class="word">{isPlaying ? STRINGS.pause : STRINGS.play}</span>
      </button>
      <button type="button" onClick={onAgain}>
        <span aria-hidden="true">↻</span> <span class="word">{STRINGS.again}</span>
      </button>
    </section>
  );
}

function SpeedChoice({ speed, onSpeed }: { speed: Speed; onSpeed(speed: Speed): void }) {
  return (
    <fieldset class="speed">
      <legend class="unseen">{STRINGS.speed}</legend>
      {(Object.keys(SPEEDS) as Speed[]).map((name) => (
        <label key={name}>
          <input type="radio" name="speed" checked={name === speed} onChange={() => onSpeed(name)} />
          <span>{STRINGS.speeds[name]}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface SwitchesProps {
  stage: StageState;
  outcomes: Outcomes;
  isBusy: boolean;
  speed: Speed;
  onSpeed(speed: Speed): void;
  onSwitch(id: SwitchId, on: boolean): void;
  onReset(): void;
}

/** What can be switched, and what switching it was seen to do. */
export function SwitchBoard({ stage, outcomes, isBusy, speed, onSpeed, onSwitch, onReset }: SwitchesProps) {
  return (
    <section class="switches" aria-labelledby="switches-title" aria-busy={isBusy}>
      <header>
        <h2 id="switches-title">{STRINGS.switches}</h2>
        <SpeedChoice speed={speed} onSpeed={onSpeed} />
        <button type="button" onClick={onReset}>
          {STRINGS.reset}
        </button>
      </header>
      <div class="groups">
        {STRINGS.groups.map(({ title, switches }) => (
          <fieldset key={title}>
            <legend>{title}</legend>
            {switches.map((id) => (
              <label key={id} class="switch">
                <input
                  type="checkbox"
                  role="switch"
                  aria-checked={stage.switches[id]}
                  checked={stage.switches[id]}
                  onChange={(event) => onSwitch(id, event.currentTarget.checked)}
                />
                <span class="what">{STRINGS.switch[id]}</span>
                <span class="effect">{effectText(outcomes.effectOf(id, stage.switches))}</span>
              </label>
            ))}
          </fieldset>
        ))}
      </div>
    </section>
  );
}

function effectText(effect: { frees: LaneId[]; holds: LaneId[] } | null): string {
  if (effect === null) return STRINGS.effects.unknown;
  const names = (lanes: LaneId[]) => lanes.map((lane) => STRINGS.laneShort[lane]).join(', ');
  if (effect.frees.length > 0) return STRINGS.effects.cures(names(effect.frees));
  return effect.holds.length > 0 ? STRINGS.effects.harms(names(effect.holds)) : STRINGS.effects.none;
}
