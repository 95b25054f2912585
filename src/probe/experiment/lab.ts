import { randomBytes } from 'node:crypto';
import type { HopFacts, JudgeOptions, Observation, PathExchange } from '../../types.ts';
import type { RunClock } from '../clock.ts';
import { collectOwnFacts } from '../diagnose-watched.ts';
import { type ObserveProgress, observe } from '../observe.ts';
import { measurePath, type PathMeasurement } from '../path-exchange.ts';
import type { LagMonitor } from '../self-check.ts';
import type { HttpVersionChoice, ObserveOptions, ProbeTarget } from '../targets.ts';
import { buildTimeline } from '../timeline.ts';
import { type Endpoint, endpointUrl } from './base-url.ts';
import type { StreamPlan } from './plans.ts';
import type { ProgressBook } from './progress.ts';
import { readSeen, type SeenRequest } from './seen.ts';
import type { Slots } from './slots.ts';
import { createSmallRequests, type SmallAnswer, type SmallRequest } from './small-request.ts';

/** How long a stream may take beyond its own length: what is held to its end comes only then. */
const GRACE_MS = 4_000;

/** One stream that was watched, and what its hop did to it. */
export interface Trial {
  plan: StreamPlan;
  token: string;
  observation: Observation;
  facts: HopFacts;
}

export interface WatchOptions {
  endpoint?: Endpoint;
  query?: Readonly<Record<string, string | number>>;
  /** What is said to be tried; default the plan's own name. */
  doing?: string;
  expectedMs?: number;
  graceMs?: number;
  signal?: AbortSignal;
  token?: string;
  /** Lasts so long that it must not take a slot from the others. */
  besideSlots?: boolean;
  onProgress?: (progress: ObserveProgress) => void;
}

/** Where the experiments on one hop are made. */
export interface Lab {
  readonly hop: string;
  readonly isTls: boolean;
  /** What the user asked for. */
  readonly httpVersion: HttpVersionChoice;
  readonly clock: RunClock;
  readonly judge: JudgeOptions;
  readonly signal: AbortSignal;
  /** Round trip and clock offset of the path, as far as measured. */
  path(): PathExchange[];
  measurePath(): Promise<void>;
  /** Asks for a stream and watches it to its end; waits for a slot first. */
  watch(plan: StreamPlan, options?: WatchOptions): Promise<Trial>;
  send(
    endpoint: Endpoint,
    query: Record<string, string | number>,
    request?: Omit<SmallRequest, 'url'>,
  ): Promise<SmallAnswer>;
  seen(token: string): Promise<SeenRequest[]>;
  /** Work that is no stream, with its line in the progress. */
  during<T>(doing: string, expectedMs: number, work: () => Promise<T>): Promise<T>;
  /** About how long the work will take that nobody has asked for yet. */
  foresee(ms: number): void;
  close(): void;
}

export interface LabParts {
  target: ProbeTarget;
  settings: ObserveOptions;
  judge: JudgeOptions;
  clock: RunClock;
  lag: LagMonitor;
  slots: Slots;
  progress: ProgressBook;
  signal: AbortSignal;
}

/** A name that nobody guesses: the origin tells what it saw under it to whoever knows it. */
export function newToken(): string {
  return randomBytes(18).toString('base64url');
}

export function createLab(parts: LabParts): Lab {
  const { target, settings, judge, clock, lag, slots, progress, signal } = parts;
  const base = { ...target, url: endpointUrl(target.url, 'stream') };
  const small = createSmallRequests(base, settings, clock, signal);
  const path: PathMeasurement = { exchanges: [], headers: [] };

  async function during<T>(
    doing: string,
    expectedMs: number,
    work: () => Promise<T>,
    begin = progress.announce(expectedMs),
  ): Promise<T> {
    const done = begin(doing);
    try {
      return await work();
    } finally {
      done();
    }
  }

  async function watchOnce(plan: StreamPlan, options: WatchOptions, token: string): Promise<Observation> {
    const url = endpointUrl(target.url, options.endpoint ?? 'stream', {
      ...plan.query,
      token,
      ...options.query,
    });
    const headers = [...(target.headers ?? []), ...(plan.headers ?? [])];
    const mostMs = plan.lengthMs + (options.graceMs ?? GRACE_MS);
    const asked: ObserveOptions = {
      ...settings,
      ...{ waitFirstMs: mostMs, durationMs: mostMs, events: null },
      ...{ method: plan.method ?? 'GET', body: plan.body ?? null },
      ...plan.observe,
    };
    const stop = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    return observe({ ...target, url, headers }, asked, clock, stop, options.onProgress);
  }

  async function watchPlan(plan: StreamPlan, options: WatchOptions): Promise<Trial> {
    const token = options.token ?? newToken();
    const observation = await watchOnce(plan, options, token);
    observation.pathExchanges = path.exchanges;
    observation.pathHeaders = path.headers;
    observation.proberLags = lag.lags.filter(({ atMs }) => atMs >= observation.marks.startMs);
    return { plan, token, observation, facts: judgeTrial(plan, observation, judge) };
  }

  return {
    hop: target.name,
    isTls: new URL(target.url).protocol === 'https:',
    httpVersion: settings.httpVersion,
    foresee: progress.foresee,
    ...{ clock, judge, signal, during },
    path: () => path.exchanges,
    async measurePath() {
      const found = await during('the path', 200, () => measurePath(base, base.url, settings, clock, signal));
      path.exchanges.push(...found.exchanges);
      if (found.headers.length > 0) path.headers = found.headers;
    },
    watch(plan, options = {}) {
      const doing = options.doing ?? plan.stream;
      const expectedMs = options.expectedMs ?? plan.lengthMs;
      const begin = progress.announce(expectedMs);
      const work = () => during(doing, expectedMs, () => watchPlan(plan, options), begin);
      return options.besideSlots ? work() : slots.run(work);
    },
    send: (endpoint, query, request = {}) =>
      small.send({ ...request, url: endpointUrl(target.url, endpoint, query) }),
    async seen(token) {
      const answer = await small.send({ url: endpointUrl(target.url, 'seen', { token }) });
      return readSeen(answer?.body) ?? [];
    },
    close: () => small.close(),
  };
}

/** Facts of one trial. How many events there are to come is known here, so an answer that ends before is cut. */
function judgeTrial(plan: StreamPlan, observation: Observation, judge: JudgeOptions): HopFacts {
  const facts = collectOwnFacts({ observation, timeline: buildTimeline(observation) }, judge);
  const ended = observation.end?.reason === 'complete' || observation.end?.reason === 'closed';
  const short = facts.timeline.events.length > 0 && facts.timeline.events.length < plan.events;
  const calm = facts.verdict === 'streaming' || facts.verdict === 'held';
  return ended && short && calm ? { ...facts, verdict: 'cut' } : facts;
}
