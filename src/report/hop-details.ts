import { showBytes, showMs } from '../knowledge/phrases.ts';
import type { Percentiles, ReportHop } from '../types.ts';
import { BASIS_WORDS } from './words.ts';
import { shareOf } from './words-of-hops.ts';

/** An empty label continues the row above. */
export type DetailRow = [label: string, text: string | null];

/** Everything that was measured of a hop, a row each; the text of a row without anything to tell is null. */
export function detailRows(hop: ReportHop): DetailRow[] {
  const { response, tls, proxy, redirects, error } = hop;
  return [
    ['url', hop.url],
    ...(redirects ?? []).map(
      ({ status, url, location }): DetailRow => ['redirect', `${status} from ${url} to ${location}`],
    ),
    ['proxy', proxy === undefined ? null : `${proxy.url} (${proxy.mode}; named by ${proxy.from})`],
    ['tls', tls && [tls.protocol, tls.alpn, tls.issuer, tls.unverified].filter(Boolean).join(', ')],
    ['no answer', error?.message ?? null],
    ['answer', response && `HTTP/${response.httpVersion} ${response.status}`],
    ...(response?.headers ?? []).map(([name, value]): DetailRow => ['', `${name}: ${value}`]),
    ['times', times(hop)],
    ['framing', framing(hop)],
    ...(hop.wire?.faults ?? []).map(({ code, detail }): DetailRow => ['fault', `${code}: ${detail}`]),
    ['events', counts(hop)],
    ['hold', holds(hop)],
    ['share', hop.adds === undefined ? null : (shareOf(hop).adds ?? 'adds nothing')],
    ['gaps', percentileWords(hop.events.gapMs)],
    ['clock', clock(hop)],
    [
      'end',
      hop.end && `${hop.end.reason} after ${showMs(hop.end.afterMs)}, ${showMs(hop.end.quietMs)} quiet`,
    ],
    ...hop.intermediaries.map(
      ({ id, version, confidence, evidence }): DetailRow => [
        'via',
        `${id}${version === null ? '' : `/${version}`} (${confidence}): ${evidence.join('; ')}`,
      ],
    ),
  ];
}

function times({ timings }: ReportHop): string {
  const named: [string, number | null][] = [
    ['name', timings.dnsMs],
    ['connection', timings.connectMs],
    ['TLS', timings.tlsMs],
    ['head', timings.responseHeadMs],
    ['first byte', timings.firstByteMs],
    ['first event', timings.firstEventMs],
    ['all', timings.totalMs],
  ];
  return named.flatMap(([what, ms]) => (ms === null ? [] : [`${what} ${showMs(ms)}`])).join(', ');
}

function framing({ wire }: ReportHop): string | null {
  if (wire === undefined) return null;
  const { blocks } = wire;
  const sizes =
    blocks === null
      ? ''
      : `, ${blocks.count} blocks, ${showBytes(blocks.medianBytes)} in the middle, ${showBytes(blocks.largestBytes)} at most`;
  const interim = wire.interim.length === 0 ? '' : `, interim answers ${wire.interim.join(', ')}`;
  return `${wire.framing}${sizes}${interim}`;
}

function counts({ events }: ReportHop): string {
  const known = (['lost', 'duplicated', 'reordered'] as const).flatMap((what) =>
    events[what] === null ? [] : [`${events[what]} ${what}`],
  );
  return [`${events.count} in ${showBytes(events.bytes)}`, ...known].join(', ');
}

function holds({ events, hold }: ReportHop): string | null {
  const kind = hold === null ? [] : [`kind ${hold.kind}`];
  const measured = [
    hold?.blockBytes == null ? null : `blocks of ${showBytes(hold.blockBytes)}`,
    hold?.periodMs == null ? null : `every ${showMs(hold.periodMs)}`,
    hold?.atLeastMs == null ? null : `for ${showMs(hold.atLeastMs)} at least`,
    hold?.atLeastBytes == null ? null : `${showBytes(hold.atLeastBytes)} at least`,
  ].filter((part) => part !== null);
  const spread = percentileWords(events.holdMs);
  const list = [...kind, ...measured, ...(spread === null ? [] : [spread])];
  return `${list.length === 0 ? '' : `${list.join(', ')}; `}judged by ${BASIS_WORDS[events.holdBasis]}`;
}

function percentileWords(values: Percentiles | null): string | null {
  if (values === null) return null;
  const shown = (ms: number): string => showMs(Math.max(0, ms));
  return `median ${shown(values.p50)}, p95 ${shown(values.p95)}, p99 ${shown(values.p99)}, worst ${shown(values.max)}`;
}

function clock({ events }: ReportHop): string | null {
  if (!events.clock) return events.clockErrorMs === null ? null : `error at most ${events.clockErrorMs} ms`;
  const { offsetMs, errorMs, driftMsPerMinute, stepMs } = events.clock;
  const drift = driftMsPerMinute === null ? '' : `, drifts ${driftMsPerMinute} ms a minute`;
  const step = stepMs === null ? '' : `, was set by ${stepMs} ms while watched`;
  return `the origin's is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead'}, error at most ${errorMs} ms${drift}${step}`;
}
