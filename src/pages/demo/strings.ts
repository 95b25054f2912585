import type { LaneId, Speed, StoryEvent, SwitchId } from '../../demo/live-protocol.ts';

/** Every word of the page. */
export const STRINGS = {
  title: 'Sent at the same moment. When does it reach you?',
  intro: (hop: string) => `One server tells every lane how a delivery goes. In between: ${hop}.`,
  simulated:
    'There is no nginx here: a simulated hop stands in for it, by the rules nginx was measured to follow.',
  hopName: (name: string, from: string) => `a real ${name} (${from})`,
  simulatedName: 'a simulated nginx',
  lanes: {
    direct: 'Direct',
    nginx: 'nginx',
    gateway: 'nginx + gateway',
    passthrough: 'nginx, its own fix',
  } satisfies Record<LaneId, string>,
  withoutGateway: 'nginx, gateway out',
  states: {
    connecting: 'connecting',
    live: 'live',
    holding: 'nothing comes',
    late: 'all at once, late',
    partly: 'late',
    lost: 'not reached',
  },
  signs: { connecting: '…', live: '●', holding: '◌', late: '◆', partly: '◆', lost: '✕' },
  rows: { server: 'server', you: 'you', nginx: 'nginx', gateway: 'gateway', simulated: 'hop' },
  atOnce: (count: number) => `${count} at once`,
  counts: (sent: number, arrived: number) => `The server has sent ${sent}, the browser has ${arrived}.`,
  ofSent: (sent: number) => `of ${sent} sent`,
  nothingYet: 'Nothing yet',
  nothingFor: (duration: string) => `nothing for ${duration}`,
  lateBy: (duration: string) => `${duration} late`,
  onTime: 'on time',
  eta: (minutes: number) => `${minutes} min away`,
  status: { recogido: 'Picked up', en_movimiento: null, cerca: null, llegada: 'Delivered' } satisfies Record<
    StoryEvent['status'],
    string | null
  >,
  stripLabel: (title: string, sent: number, arrived: number, worst: string) =>
    `${title}: ${sent} sent, ${arrived} arrived${worst}`,
  running: 'What runs here',
  parts: { server: 'The server answers', nginx: 'nginx.conf', gateway: 'The gateway' },
  simulatedPart: 'simulated by nginx.conf',
  wholeFile: 'whole file',
  changed: 'changed',
  controls: 'Playing',
  play: 'Play',
  pause: 'Pause',
  again: 'Once more',
  reset: 'Reset',
  speed: 'Speed',
  speeds: { slow: 'Slow', normal: 'Normal', fast: 'Fast' } satisfies Record<Speed, string>,
  switches: 'Switch it and see',
  groups: [
    {
      title: 'The server asks not to be held',
      switches: ['x-accel-buffering', 'incremental', 'no-transform'],
    },
    { title: 'nginx is told', switches: ['proxy-buffering-off', 'http-1-1'] },
    { title: 'Between nginx and the server', switches: ['gateway'] },
  ] satisfies { title: string; switches: SwitchId[] }[],
  switch: {
    'x-accel-buffering': 'X-Accel-Buffering: no',
    incremental: 'Incremental: ?1',
    'no-transform': 'Cache-Control: no-transform',
    'proxy-buffering-off': 'proxy_buffering off;',
    'http-1-1': 'proxy_http_version 1.1;',
    gateway: 'unclog gateway',
  } satisfies Record<SwitchId, string>,
  effects: {
    cures: (lanes: string) => `measured: frees ${lanes}`,
    harms: (lanes: string) => `measured: holds ${lanes} up`,
    none: 'measured: changes nothing here',
    unknown: 'not tried yet',
  },
  laneShort: {
    direct: 'lane 1',
    nginx: 'lane 2',
    gateway: 'lane 3',
    passthrough: 'lane 4',
  } satisfies Record<LaneId, string>,
  summary: (lanes: string) => `This run is over. ${lanes}`,
  laneSummary: (title: string, arrived: number, sent: number, how: string) =>
    `${title}: ${arrived} of ${sent}, ${how}.`,
  holdingNow: (title: string, sent: number) =>
    `${title}: the server has sent ${sent}, the browser has nothing.`,
  switchFailed: (reason: string) => `That did not work: ${reason}`,
  noServer: 'The demonstration does not answer any more. Start it again and reload this page.',
  seconds: (ms: number) => `${(Math.max(0, ms) / 1_000).toFixed(1)} s`,
} as const;
