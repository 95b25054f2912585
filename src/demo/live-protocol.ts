/** What the live demonstration's page and its server say to each other. Pure: the page uses this file as well. */

/** A way from the server to the browser, in the page's order. */
export const LANE_IDS = ['direct', 'nginx', 'gateway', 'passthrough'] as const;
export type LaneId = (typeof LANE_IDS)[number];

/**
 * What can be switched: the fields the server sends along, the lines of the stock nginx (in both lanes that lead
 * through it), and whether the gateway stands behind it.
 */
export const SWITCH_IDS = [
  'x-accel-buffering',
  'incremental',
  'no-transform',
  'proxy-buffering-off',
  'http-1-1',
  'gateway',
] as const;
export type SwitchId = (typeof SWITCH_IDS)[number];
export type Switches = Readonly<Record<SwitchId, boolean>>;

/** How the stage is at the start and after a reset: everything as it comes, the gateway behind its nginx. */
export const FIRST_SWITCHES: Switches = {
  'x-accel-buffering': false,
  incremental: false,
  'no-transform': false,
  'proxy-buffering-off': false,
  'http-1-1': false,
  gateway: true,
};

/** From one event to the next, in milliseconds. */
export const SPEEDS = { slow: 1_400, normal: 700, fast: 250 } as const;
export type Speed = keyof typeof SPEEDS;

/** A piece of configuration that is in force on a lane. */
export interface RunningConfig {
  of: 'server' | 'nginx' | 'gateway';
  /** Whole, as it was sent, written or given. */
  text: string;
  /** Indices of the lines that stock settings do not have, from 0. */
  changed: readonly number[];
}

export interface LaneState {
  id: LaneId;
  /** Of the stream; the round is added as `?round=ID&lane=ID`. */
  url: string;
  /** From the hop nearest to the server on. */
  hops: readonly RunningConfig[];
}

/** `event: stage`: what runs, at the begin of a round and whenever somebody has switched something. */
export interface StageState {
  /** Grows with each change. */
  revision: number;
  hop: { kind: 'nginx' | 'docker' | 'folder' | 'simulated'; name: string; from: string };
  switches: Switches;
  lanes: readonly LaneState[];
}

/** `event: round`: the lanes' streams may be opened now. */
export interface RoundStart {
  round: string;
  /** Events that each lane will be sent. */
  events: number;
  intervalMs: number;
}

/** `event: joined`: a lane's request has reached the server, which has answered with this head. */
export interface LaneJoined {
  lane: LaneId;
  head: RunningConfig;
}

/** `event: sent`: the server has just sent event `seq` to these lanes. */
export interface EventSent {
  seq: number;
  lanes: readonly LaneId[];
}

/** Data of each event of a lane's stream: what `unclog origin --story` sends. */
export interface StoryEvent {
  seq: number;
  status: 'recogido' | 'en_movimiento' | 'cerca' | 'llegada';
  place: string;
  etaMinutes: number;
}

/** Body of `POST /switches`: what to change, or everything back to {@link FIRST_SWITCHES}. */
export type SwitchRequest = { switches: Partial<Switches> } | { reset: true };
