import { type LaneId, SPEEDS, type Speed, type StageState, type SwitchId } from '../../demo/live-protocol.ts';
import type { Outcomes } from './effects.ts';
import { STRINGS } from './strings.ts';

interface PlayingProps {
  isPlaying: boolean;
  speed: Speed;
  onPlay(isPlaying: boolean): void;
  onAgain(): void;
  onSpeed(speed: Speed): void;
}

/** Starts, stops and paces the rounds. */
export function Playing({ isPlaying, speed, onPlay, onAgain, onSpeed }: PlayingProps) {
  return (
    <section class="playing" aria-label={STRINGS.controls}>
      <button type="button" class="play" onClick={() => onPlay(!isPlaying)}>
        <span aria-hidden="true">{isPlaying ? '❚❚' : '▶'}</span> {isPlaying ? STRINGS.pause : STRINGS.play}
      </button>
      <button type="button" onClick={onAgain}>
        <span aria-hidden="true">↻</span> {STRINGS.again}
      </button>
      <fieldset class="speed">
        <legend class="unseen">{STRINGS.speed}</legend>
        {(Object.keys(SPEEDS) as Speed[]).map((name) => (
          <label key={name}>
            <input type="radio" name="speed" checked={name === speed} onChange={() => onSpeed(name)} />
            <span>{STRINGS.speeds[name]}</span>
          </label>
        ))}
      </fieldset>
    </section>
  );
}

interface SwitchesProps {
  stage: StageState;
  outcomes: Outcomes;
  isBusy: boolean;
  onSwitch(id: SwitchId, on: boolean): void;
  onReset(): void;
}

/** What can be switched, and what switching it was seen to do. */
export function SwitchBoard({ stage, outcomes, isBusy, onSwitch, onReset }: SwitchesProps) {
  return (
    <section class="switches" aria-labelledby="switches-title" aria-busy={isBusy}>
      <header>
        <h2 id="switches-title">{STRINGS.switches}</h2>
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
