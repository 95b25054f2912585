import { type Share, sharesOf } from '../knowledge/shares.ts';
import { percentiles } from '../statistics.ts';
import {
  type ClockReading,
  type DetectedIntermediary,
  type Finding,
  type Framing,
  type HopFacts,
  type MinimalFix,
  type Observation,
  type Percentiles,
  type Report,
  type ReportHop,
  type ReportWire,
  VERDICTS,
  type WireRecord,
} from '../types.ts';
import { VERSION } from '../version.ts';
import { maskHeaders, maskUrl, maskUrls } from './mask.ts';
import { noAnswer } from './no-answer.ts';
import { drawnEvents, spreadOf, tenth } from './spread.ts';

/** What a report needs beside the facts. */
export interface ReportMeta {
  startedAt: Date | string;
  warnings: string[];
  /** The one command that would tell more, or null. */
  next: string | null;
  /** Default `observe`. */
  mode?: Report['mode'];
}

/**
 * Facts and findings as the report that every output format shows: times from the start of each request in
 * milliseconds, rounded to a tenth; query values, user information and credentials masked; never a body.
 */
export function buildReport(hops: HopFacts[], findings: Finding[], meta: ReportMeta): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'unclog', version: VERSION },
    startedAt: new Date(meta.startedAt).toISOString(),
    mode: meta.mode ?? 'observe',
    verdict: VERDICTS.find((verdict) => hops.some((hop) => hop.verdict === verdict)) ?? 'inconclusive',
    hops: sharesOf(hops).map((share) => reportHop(share, hops.length > 1)),
    findings: findings.map(reportFinding),
    experiments: hops.flatMap(({ experiments }) => experiments?.outcomes ?? []),
    minimalFix: meta.mode === 'experiment' ? farthestFix(hops) : null,
    next: meta.next === null ? null : maskUrls(meta.next),
    warnings: meta.warnings.map(maskUrls),
  };
}

/** The whole way leads through the farthest hop: what it needs is what a sender must do. */
function farthestFix(hops: HopFacts[]): MinimalFix | null {
  const fixes = hops.flatMap(({ experiments }) => experiments?.minimalFix ?? []);
  return fixes.filter(({ needed }) => needed).at(-1) ?? fixes.at(-1) ?? null;
}

function measuredOf({ experiments }: HopFacts): Pick<ReportHop, 'measured'> {
  if (experiments === undefined) return {};
  const { outcomes: _, leftHold: __, ...measured } = experiments;
  return { measured };
}

function reportHop({ hop, addedMs, addedBytes }: Share, several: boolean): ReportHop {
  const { observation } = hop;
  const { response, tls } = observation;
  const error = noAnswer(observation);
  return {
    name: hop.name,
    url: maskUrl(observation.url),
    verdict: hop.verdict,
    response: response && {
      status: response.status,
      httpVersion: response.httpVersion,
      headers: maskHeaders(response.headers),
    },
    tls: tls && { ...tls },
    ...pathFacts(observation),
    timings: timings(hop),
    events: eventFacts(hop),
    protocol: hop.timeline.protocol && {
      ...hop.timeline.protocol,
      firstTokenMs:
        hop.timeline.protocol.firstTokenMs === null
          ? null
          : tenth(hop.timeline.protocol.firstTokenMs - observation.marks.startMs),
    },
    hold: hop.hold && {
      ...hop.hold,
      periodMs: hop.hold.periodMs && tenth(hop.hold.periodMs),
      atLeastMs: hop.hold.atLeastMs && tenth(hop.hold.atLeastMs),
    },
    ...(several ? { adds: addsOf({ hop, addedMs, addedBytes }) } : {}),
    end: endFacts(observation),
    intermediaries: [...hop.intermediaries, ...namedProxy(observation)].map((one) => ({
      ...one,
      evidence: one.evidence.map(maskUrls),
    })),
    ...(error === null ? {} : { error }),
    ...measuredOf(hop),
    ...drawnEvents(hop),
  };
}

/** A block of unknown size is no number to name: only that it is larger than what was seen is known. */
function addsOf({ hop, addedMs, addedBytes }: Share): NonNullable<ReportHop['adds']> {
  return {
    holdMs: addedMs === null ? null : tenth(addedMs),
    blockBytes: hop.hold?.blockBytes == null ? null : addedBytes,
  };
}

/** What lies between the request and the answer, where there is something: redirects, a proxy, the framing. */
function pathFacts({
  redirects,
  proxy,
  wire,
  response,
}: Observation): Pick<ReportHop, 'redirects' | 'proxy' | 'wire'> {
  return {
    ...(redirects === undefined
      ? {}
      : {
          redirects: redirects.map(({ url, status, location, withoutCredentials }) => ({
            url: maskUrl(url),
            status,
            location: maskUrl(location),
            withoutCredentials,
          })),
        }),
    ...(proxy === undefined
      ? {}
      : { proxy: { url: maskUrl(proxy.url), from: proxy.from, mode: proxy.mode } }),
    ...(wire === undefined || response === null ? {} : { wire: wireFacts(wire, response.framing) }),
  };
}

function wireFacts(wire: WireRecord, framing: Framing): ReportWire {
  const sizes = [...wire.chunks, ...wire.frames].map(({ bytes }) => bytes).filter((bytes) => bytes > 0);
  const largestBytes = sizes.reduce((largest, bytes) => Math.max(largest, bytes), 0);
  return {
    framing,
    headBytes: wire.headBytes,
    interim: wire.interim.map(({ status }) => status),
    blocks:
      sizes.length === 0
        ? null
        : { count: sizes.length, medianBytes: percentiles(sizes)?.p50 ?? 0, largestBytes },
    faults: wire.faults.map(({ code, detail }) => ({ code, detail: maskUrls(detail) })),
  };
}

/** The proxy that the prober itself was told to use is certain to stand there, whether or not it leaves a mark. */
function namedProxy({ proxy }: Observation): DetectedIntermediary[] {
  if (proxy === undefined) return [];
  const evidence = [`${proxy.from} names ${proxy.url} (${proxy.mode})`];
  return [{ id: 'forward-proxy', version: null, confidence: 'certain', evidence }];
}

function timings(hop: HopFacts): ReportHop['timings'] {
  const { marks } = hop.observation;
  const since = (mark: number | null): number | null => (mark === null ? null : tenth(mark - marks.startMs));
  return {
    dnsMs: since(marks.dnsMs),
    connectMs: since(marks.connectMs),
    tlsMs: since(marks.tlsMs),
    responseHeadMs: since(marks.headMs),
    firstByteMs: since(marks.firstByteMs),
    firstEventMs: since(hop.timeline.events[0]?.atMs ?? null),
    totalMs: tenth(lastMs(hop.observation) - marks.startMs),
  };
}

function eventFacts(hop: HopFacts): ReportHop['events'] {
  const { events, bodyBytes } = hop.timeline;
  const gaps = events.slice(1).map((event, i) => event.atMs - (events[i]?.atMs ?? event.atMs));
  // While the prober itself was late, an event only seems late; unless nothing else is known.
  const sure = hop.holds.filter((sample) => !sample.unsure);
  const holds = (sure.length > 0 ? sure : hop.holds).map((sample) => sample.holdMs);
  return {
    count: events.length,
    bytes: bodyBytes,
    lost: hop.lost,
    duplicated: hop.duplicated,
    reordered: hop.reordered,
    holdMs: tenths(percentiles(holds)),
    holdBasis: hop.holdBasis,
    clockErrorMs: hop.clockErrorMs === null ? null : tenth(hop.clockErrorMs),
    ...(hop.clock === undefined ? {} : { clock: clockFacts(hop.clock) }),
    gapMs: tenths(percentiles(gaps)),
    holdSpread: spreadOf(holds),
    gapSpread: spreadOf(gaps),
  };
}

function clockFacts(clock: ClockReading | null): ClockReading | null {
  return (
    clock && {
      offsetMs: tenth(clock.offsetMs),
      errorMs: tenth(clock.errorMs),
      driftMsPerMinute: clock.driftMsPerMinute === null ? null : tenth(clock.driftMsPerMinute),
      stepMs: clock.stepMs === null ? null : tenth(clock.stepMs),
    }
  );
}

function endFacts({ end, chunks, marks }: Observation): ReportHop['end'] {
  if (end === null) return null;
  const lastByteMs = chunks.at(-1)?.atMs ?? marks.headMs ?? marks.startMs;
  return {
    reason: end.reason,
    afterMs: tenth(end.atMs - marks.startMs),
    quietMs: tenth(Math.max(0, end.atMs - lastByteMs)),
  };
}

/** The last moment the observation knows of. */
function lastMs({ end, error, chunks, marks }: Observation): number {
  const known = [end?.atMs, error?.atMs, chunks.at(-1)?.atMs, ...Object.values(marks)];
  return Math.max(...known.filter((ms): ms is number => typeof ms === 'number'));
}

/** Findings quote header values and addresses: the same masks apply. Fixes are the knowledge base's own words. */
function reportFinding(finding: Finding): Finding {
  return {
    ...finding,
    title: maskUrls(finding.title),
    explanation: maskUrls(finding.explanation),
    evidence: finding.evidence.map((one) => ({
      ...one,
      value: typeof one.value === 'string' ? maskUrls(one.value) : one.value,
    })),
  };
}

function tenths(values: Percentiles | null): Percentiles | null {
  return (
    values && {
      p50: tenth(values.p50),
      p95: tenth(values.p95),
      p99: tenth(values.p99),
      max: tenth(values.max),
    }
  );
}
