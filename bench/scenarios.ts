/** What is measured, and how the load generator is told to. */
export interface Scenario {
  id: ScenarioId;
  /** One line for the heading of its table. */
  title: string;
  /** What the reader has to know to read the figures. */
  explanation: string;
  /** Rounds of all targets are capped here where one run says as much as many, or takes long. */
  maxRounds: number;
  /** Further rounds of the gateway alone, as it comes and with everything on; at most three for each round of all targets. */
  pairRounds: number;
  /** Direct has nothing to tell where only the proxy's memory is looked at. */
  withDirect: boolean;
  /** Memory counts from the start of the process: nothing is to make it grow before. */
  countsMemory?: true;
  /** What the clients speak; the origin is always asked in plain HTTP/1.1. */
  transport: Transport;
  /** Arguments for the load generator. */
  load: readonly string[];
  /** How long the load generator may take, all in. */
  timeoutMs: number;
}

export type Transport = 'plain' | 'tls' | 'h2';

export const SCENARIO_IDS = [
  'sparse-200',
  'sparse-2000',
  'bulk-100',
  'bulk-1000',
  'churn',
  'idle',
  'abort-silent',
  'abort-active',
  'stall',
  'tls-sparse',
  'tls-bulk',
  'tls-churn',
  'tls-idle',
  'h2-sparse',
  'h2-bulk',
  'h2-churn',
  'h2-idle',
] as const;
export type ScenarioId = (typeof SCENARIO_IDS)[number];

/** Each way of using the gateway once: the smoke run is to end within a minute or so. */
export const QUICK_SCENARIO_IDS: readonly ScenarioId[] = [
  'sparse-200',
  'bulk-100',
  'churn',
  'idle',
  'abort-silent',
  'stall',
  'tls-sparse',
  'h2-sparse',
  'h2-churn',
];

interface Scale {
  quick: boolean;
  /** Streams that file descriptor limits allow. */
  maxStreams: number;
}

const PACED =
  'Added latency is against direct in the same round; CPU is the proxy’s own user and system time.';
const BULK =
  'CPU efficiency counts events for each second of the proxy’s CPU time, whatever the wall clock said.';

/** The numbers of streams at which idle memory is read. */
export function idleLevels({ quick, maxStreams }: Scale): number[] {
  const wanted = quick ? [200] : [1_000, 5_000, 9_500];
  return [...new Set(wanted.map((level) => Math.min(level, maxStreams)))];
}

/** All scenarios, in the order in which they run. */
export function createScenarios(scale: Scale): Scenario[] {
  const { quick, maxStreams } = scale;
  const paced = (id: ScenarioId, streams: number, rate: number): Scenario => {
    const fitting = Math.min(streams, maxStreams);
    const times = quick
      ? '--warm-ms 300 --measure-ms 700 --wait-ms 1000'
      : '--warm-ms 8000 --measure-ms 7000';
    return {
      id,
      title: `Sparse events: ${fitting} streams × ${rate} events/s × 100 B`,
      explanation: PACED,
      maxRounds: 99,
      pairRounds: quick ? 0 : 9,
      withDirect: true,
      transport: 'plain',
      load: args(`--mode paced --streams ${fitting} --rate ${rate} --size 100 ${times}`),
      timeoutMs: 60_000,
    };
  };
  const bulk = (id: ScenarioId, size: number): Scenario => ({
    id,
    title: `Bulk: 50 streams as fast as they go, ${size} B events`,
    explanation: BULK,
    maxRounds: 99,
    pairRounds: quick ? 0 : 4,
    withDirect: true,
    transport: 'plain',
    load: args(
      `--mode blast --streams 50 --size ${size} ${quick ? '--warm-ms 200 --measure-ms 400' : '--warm-ms 1000 --measure-ms 2500'}`,
    ),
    timeoutMs: 60_000,
  });
  const abort = (id: ScenarioId, rate: number): Scenario => ({
    id,
    title: `Abort: ${quick ? 100 : 500} clients leave at once, ${rate === 0 ? 'streams silent' : `streams at ${rate} events/s`}`,
    explanation: `Time from the first close until the origin has seen its last connection closed${quick ? '' : '; median of nine times, after 24 that warm the code up'}.`,
    maxRounds: 2,
    pairRounds: quick ? 0 : 6,
    withDirect: true,
    transport: 'plain',
    load: args(
      `--mode abort --streams ${quick ? 100 : 500} --rate ${rate} ${quick ? '--settle-ms 200 --wait-ms 1000' : '--warm-waves 24 --waves 9 --settle-ms 200 --wait-ms 3000'}`,
    ),
    timeoutMs: 60_000,
  });
  return [
    paced('sparse-200', quick ? 50 : 200, 20),
    paced('sparse-2000', quick ? 300 : 2_000, 2),
    bulk('bulk-100', 100),
    bulk('bulk-1000', 1_000),
    {
      id: 'churn',
      title: 'Churn: streams that end with their first event, 50 at a time',
      explanation: `Time to first event counts from the connect. Leaked: upstream connections still open 2 s later.${quick ? '' : ' Up to 14,000 streams warm the code up.'}`,
      maxRounds: 99,
      pairRounds: quick ? 0 : 9,
      withDirect: true,
      transport: 'plain',
      load: args(
        quick
          ? '--mode churn --streams 50 --warm-ms 300 --warm-streams 100 --measure-ms 1000 --max-streams 300 --wait-ms 1000'
          : '--mode churn --streams 50 --warm-ms 9000 --warm-streams 14000 --measure-ms 6000 --max-streams 12000 --wait-ms 2000',
      ),
      timeoutMs: 60_000,
    },
    {
      id: 'idle',
      title: 'Idle streams: resident memory',
      explanation: 'Growth since the start of the process, divided by the streams held.',
      maxRounds: 2,
      pairRounds: quick ? 0 : 6,
      withDirect: false,
      countsMemory: true,
      transport: 'plain',
      load: args(`--mode idle --levels ${idleLevels(scale).join(',')} --settle-ms ${quick ? 300 : 2500}`),
      timeoutMs: 180_000,
    },
    abort('abort-silent', 0),
    abort('abort-active', 2),
    {
      id: 'stall',
      title: 'A reader that stops: memory behind it',
      explanation:
        'The origin sends until nobody takes more. Held: what it got rid of and the kernel’s socket queues do not hold.',
      maxRounds: 2,
      pairRounds: 0,
      withDirect: true,
      countsMemory: true,
      transport: 'plain',
      load: args(
        `--mode stall --streams 1 --size 1000 --max-bytes 200000000 --settle-ms 300 --wait-ms ${quick ? 300 : 1500}`,
      ),
      timeoutMs: 60_000,
    },
    ...encryptedScenarios('tls', scale),
    ...encryptedScenarios('h2', scale),
  ];
}

/** Streams that share a connection over HTTP/2: a browser with as many tabs. */
const STREAMS_PER_CONNECTION = 5;

/** The same again with TLS on the clients' side, shorter. */
function encryptedScenarios(transport: 'tls' | 'h2', { quick, maxStreams }: Scale): Scenario[] {
  const speaks = transport === 'tls' ? 'HTTP/1.1 over TLS' : 'HTTP/2';
  const make = (id: ScenarioId, title: string, load: string, timeoutMs = 60_000): Scenario => ({
    id,
    title: `${speaks}: ${title}`,
    explanation:
      transport === 'tls'
        ? 'TLS 1.3 without resumption, an ECDSA certificate.'
        : `${STREAMS_PER_CONNECTION} streams share a connection, which is left after 30; TLS 1.3 without resumption, an ECDSA certificate.`,
    maxRounds: 2,
    pairRounds: 0,
    withDirect: false,
    transport,
    load: args(`${load} --transport ${transport} --per-connection ${STREAMS_PER_CONNECTION}`),
    timeoutMs,
  });
  const streams = quick ? 50 : 200;
  const idle = Math.min(quick ? 200 : 4_000, maxStreams);
  return [
    make(
      `${transport}-sparse`,
      `${streams} streams × 20 events/s × 100 B`,
      `--mode paced --streams ${streams} --rate 20 --size 100 ${quick ? '--warm-ms 300 --measure-ms 700 --wait-ms 1000' : '--warm-ms 1500 --measure-ms 4000'}`,
    ),
    make(
      `${transport}-bulk`,
      '50 streams as fast as they go, 100 B events',
      `--mode blast --streams 50 --size 100 ${quick ? '--warm-ms 200 --measure-ms 400' : '--warm-ms 1000 --measure-ms 2500'}`,
    ),
    make(
      `${transport}-churn`,
      'streams that end with their first event, 50 at a time',
      quick
        ? '--mode churn --streams 50 --warm-ms 300 --warm-streams 100 --measure-ms 1000 --max-streams 300 --wait-ms 1000'
        : '--mode churn --streams 50 --warm-ms 1500 --warm-streams 2000 --measure-ms 3000 --max-streams 4000 --wait-ms 1000',
    ),
    make(
      `${transport}-idle`,
      `resident memory of ${idle.toLocaleString('en')} idle streams`,
      `--mode idle --levels ${idle} --settle-ms ${quick ? 300 : 2000}`,
      120_000,
    ),
  ];
}

function args(text: string): string[] {
  return text.split(' ');
}
