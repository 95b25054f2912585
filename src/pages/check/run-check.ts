import { judgeRecord } from './judge-record.ts';
import { createLaneRecorder } from './lane-recorder.ts';
import { type MeasuredPath, measurePath } from './measure-path.ts';
import { RUN_WARNINGS, SKIP_REASONS } from './messages.ts';
import type {
  CheckOptions,
  CheckPhase,
  CheckRun,
  CheckState,
  LaneId,
  PageConfig,
  SideTest,
} from './model.ts';
import { type LagMonitor, type PageClock, startPageClock, watchLag } from './page-clock.ts';
import { readWithEventSource, readWithFetch } from './read-stream.ts';
import { type CheckRecord, emptyObservation, type LaneRecord } from './record.ts';
import { showRecord } from './show-record.ts';
import { testConnections, testReconnection } from './side-tests.ts';
import { laneUrl, planOf } from './stream-query.ts';

const TICK_MS = 200;
const LEAST_BETWEEN_MS = 100;
const CLOCK_MS = 500;
const SIDE_TESTS_MS = 3_000;

/** What the server put into the page (`<script type="application/json" id="config">`); safe defaults without it. */
export function readPageConfig(): PageConfig {
  try {
    const config: unknown = JSON.parse(document.getElementById('config')?.textContent ?? 'null');
    const { compareOrigin } = (config ?? {}) as { compareOrigin?: unknown };
    const usable = typeof compareOrigin === 'string' && /^https?:\/\//.test(compareOrigin);
    return { compareOrigin: usable && URL.canParse(compareOrigin) ? compareOrigin : null };
  } catch {
    return { compareOrigin: null };
  }
}

/** Starts measuring at once. Never throws: what goes wrong is in the state. */
export function startCheck(options: CheckOptions = {}): CheckRun {
  const run = new Run({
    quietMs: options.quietMs ?? null,
    compareOrigin:
      options.compareOrigin === undefined ? readPageConfig().compareOrigin : options.compareOrigin,
    events: options.events ?? 20,
    intervalMs: options.intervalMs ?? 250,
  });
  return {
    get state() {
      return run.state;
    },
    subscribe: (listener) => run.subscribe(listener),
    cancel: () => run.cancel(),
    finished: run.go(),
  };
}

class Run {
  readonly #options: Required<CheckOptions>;
  readonly #clock: PageClock = startPageClock();
  readonly #lag: LagMonitor;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(state: CheckState) => void>();
  readonly #record: CheckRecord;
  #waiting: ReturnType<typeof setTimeout> | null = null;
  #changed = false;
  #phase: CheckPhase = 'clock';
  #state: CheckState;

  constructor(options: Required<CheckOptions>) {
    this.#options = options;
    this.#lag = watchLag(this.#clock);
    this.#record = newRecord(options, this.#clock);
    this.#state = showRecord(this.#record, this.#phase);
  }

  get state(): CheckState {
    return this.#state;
  }

  subscribe(listener: (state: CheckState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  cancel(): void {
    this.#abort.abort();
  }

  async go(): Promise<CheckState> {
    const ticker = setInterval(() => this.#publish(), TICK_MS);
    try {
      await this.#measure();
    } finally {
      clearInterval(ticker);
      if (this.#waiting !== null) clearTimeout(this.#waiting);
      this.#lag.stop();
    }
    this.#phase = this.#abort.signal.aborted ? 'cancelled' : 'done';
    this.#record.elapsedMs = this.#clock.nowMs();
    if (this.#lag.wasHidden) this.#record.warnings.push(RUN_WARNINGS.hidden);
    this.#tell(this.#phase === 'done' ? judgeRecord(this.#record) : showRecord(this.#record, 'cancelled'));
    return this.#state;
  }

  async #measure(): Promise<void> {
    const own = ownBase();
    const signal = this.#abort.signal;
    const path = await measurePath(own, this.#clock, signal);
    this.#record.protocol = path.protocol;
    this.#enter('streams');
    const streams = this.#lanes(({ id }) => id !== 'quiet' && id !== 'control');
    await Promise.all([
      ...streams.map((lane) => this.#read(lane, own, path)),
      ...this.#lanes(({ id }) => id === 'control').map((lane) => this.#readControl(lane)),
    ]);
    this.#record.protocol ??= protocolOf(own);
    await this.#sideTests(
      own,
      streams.every(({ status }) => status === 'done'),
      isPrompt(this.#record),
    );
    const quiet = this.#lanes(({ id }) => id === 'quiet')[0];
    if (quiet === undefined || signal.aborted) return;
    this.#enter('quiet');
    await this.#read(quiet, own, path);
    const later = await measurePath(own, this.#clock, signal, 2);
    quiet.observation.pathExchanges.push(...later.exchanges);
  }

  #lanes(which: (lane: LaneRecord) => boolean): LaneRecord[] {
    return this.#record.lanes.filter(which);
  }

  async #readControl(lane: LaneRecord): Promise<void> {
    const base = controlBase(this.#options.compareOrigin);
    const path = await measurePath(base, this.#clock, this.#abort.signal);
    await this.#read(lane, base, path);
  }

  async #read(lane: LaneRecord, base: string, path: MeasuredPath): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const { observation } = lane;
    const url = laneUrl(base, lane);
    observation.url = url;
    observation.pathExchanges = [...path.exchanges];
    if (path.headers.length > 0) observation.pathHeaders = path.headers;
    observation.proberLags = this.#lag.lags;
    const recorder = createLaneRecorder(lane, this.#clock, path.protocol, () => this.#publish());
    const read = lane.id === 'eventsource' ? readWithEventSource : readWithFetch;
    await read(recorder, url, this.#abort.signal);
  }

  async #sideTests(base: string, complete: boolean, prompt: boolean): Promise<void> {
    const { signal } = this.#abort;
    const record = this.#record;
    record.reconnection = await this.#try('reconnection', complete && !signal.aborted, async () => {
      const result = await testReconnection(base, signal);
      return result === null ? skipped(SKIP_REASONS.notBack) : done(result);
    });
    record.connections = await this.#try('connections', complete && prompt && !signal.aborted, async () =>
      done(await testConnections(base, signal)),
    );
  }

  async #try<T>(
    phase: 'reconnection' | 'connections',
    isPossible: boolean,
    test: () => Promise<SideTest<T>>,
  ): Promise<SideTest<T>> {
    if (!isPossible) return skipped(SKIP_REASONS.notInTime);
    this.#record[phase] = { status: 'running', result: null, reason: null };
    this.#enter(phase);
    return test();
  }

  #enter(phase: CheckPhase): void {
    if (this.#abort.signal.aborted) return;
    this.#phase = phase;
    this.#publish();
  }

  /** At once, and then no more often than eyes can follow: a page that draws is not late for the next event. */
  #publish(): void {
    this.#changed = true;
    if (this.#waiting !== null) return;
    this.#changed = false;
    this.#publishNow();
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      if (this.#changed) this.#publish();
    }, LEAST_BETWEEN_MS);
  }

  #publishNow(): void {
    this.#record.elapsedMs = this.#clock.nowMs();
    this.#tell(showRecord(this.#record, this.#phase));
  }

  #tell(state: CheckState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function done<T>(result: T): SideTest<T> {
  return { status: 'done', result, reason: null };
}

function skipped<T>(reason: string): SideTest<T> {
  return { status: 'skipped', result: null, reason };
}

/** Where the page was loaded from: its folder, without query and fragment. */
function ownBase(): string {
  return new URL('.', location.href).href;
}

/** What the browser noted of any request to this host: the entry of a request may come later than its answer. */
function protocolOf(base: string): string | null {
  const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  const named = entries.filter(
    ({ name, nextHopProtocol }) => name.startsWith(base) && nextHopProtocol !== '',
  );
  return named.at(-1)?.nextHopProtocol ?? null;
}

function controlBase(compareOrigin: string | null): string {
  return new URL('.well-known/unclog/', compareOrigin ?? ownBase()).href;
}

function newRecord(options: Required<CheckOptions>, clock: PageClock): CheckRecord {
  const ids: LaneId[] = [
    ...(['eventsource', 'fetch', 'large'] as const),
    ...(options.quietMs === null ? [] : (['quiet'] as const)),
    ...(options.compareOrigin === null ? [] : (['control'] as const)),
  ];
  const { events, intervalMs, quietMs } = options;
  return {
    version: 1,
    compareOrigin: options.compareOrigin,
    lanes: ids.map((id) => {
      const plan = planOf(id, options);
      const base = id === 'control' ? controlBase(options.compareOrigin) : ownBase();
      const observation = emptyObservation({ id, plan }, new URL('stream', base).href, {
        startedAtEpochMs: clock.startedAtEpochMs,
        nowMs: 0,
      });
      return { id, status: 'waiting', plan, reconnects: 0, observation };
    }),
    reconnection: { status: 'waiting', result: null, reason: null },
    connections: { status: 'waiting', result: null, reason: null },
    protocol: null,
    elapsedMs: 0,
    expectedMs: CLOCK_MS + events * intervalMs + SIDE_TESTS_MS + (quietMs === null ? 0 : quietMs + 1_000),
    warnings: [],
  };
}

/** Streams that are held cannot be counted in a second. */
function isPrompt(record: CheckRecord): boolean {
  return judgeRecord(record).lanes.every(({ id, verdict }) => id !== 'fetch' || verdict === 'streaming');
}
