import { type LaneId, SWITCH_IDS, type Switches, type SwitchId } from '../../demo/live-protocol.ts';

/** Whether the stream flowed on each lane of a round that was seen to its end. */
export type Outcome = ReadonlyMap<LaneId, boolean>;

/** What rounds came to, by how everything was switched. */
export interface Outcomes {
  note(switches: Switches, outcome: Outcome): void;
  /**
   * What this switch does to the lanes with the others as they are: by comparison of a round with it and one without.
   * @returns null when only one of the two has been seen
   */
  effectOf(id: SwitchId, switches: Switches): { frees: LaneId[]; holds: LaneId[] } | null;
  forget(): void;
}

export function createOutcomes(): Outcomes {
  const known = new Map<string, Outcome>();
  const keyOf = (switches: Switches) => SWITCH_IDS.map((id) => (switches[id] ? '1' : '0')).join('');
  return {
    note: (switches, outcome) => void known.set(keyOf(switches), outcome),
    effectOf(id, switches) {
      const on = known.get(keyOf({ ...switches, [id]: true }));
      const off = known.get(keyOf({ ...switches, [id]: false }));
      if (on === undefined || off === undefined) return null;
      const both = [...on.keys()].filter((lane) => off.has(lane));
      return {
        frees: both.filter((lane) => on.get(lane) && !off.get(lane)),
        holds: both.filter((lane) => !on.get(lane) && off.get(lane)),
      };
    },
    forget: () => known.clear(),
  };
}
