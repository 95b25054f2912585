import { count, showBytes, showMs } from '../knowledge/phrases.ts';
import {
  type Evidence,
  type Finding,
  type HoldBasis,
  type Report,
  type ReportHop,
  VERDICTS,
  type Verdict,
} from '../types.ts';

const WORDS: Readonly<Record<Verdict, string>> = {
  streaming: 'streaming',
  held: 'HELD (buffered)',
  cut: 'cut',
  altered: 'CHANGED',
  'not-a-stream': 'not-a-stream',
  'no-events': 'no-events',
  unreachable: 'unreachable',
  inconclusive: 'inconclusive',
};

/** The verdict as it is printed. */
export function verdictWord(verdict: Verdict): string {
  return WORDS[verdict];
}

/** How alarming a verdict is: decides colours, never the only sign. */
export function verdictTone(verdict: Verdict): 'good' | 'bad' | 'unknown' {
  if (verdict === 'streaming') return 'good';
  return VERDICTS.indexOf(verdict) <= VERDICTS.indexOf('not-a-stream') ? 'bad' : 'unknown';
}

/** The hop to talk about first: the one nearest to the origin that has the overall verdict. */
export function culprit(report: Report): ReportHop | null {
  return report.hops.find((hop) => hop.verdict === report.verdict) ?? report.hops[0] ?? null;
}

/** The hop to blame: one with the overall verdict behind one that shows that events came that far in time. */
export function blamedHop(report: Report): ReportHop | null {
  const hop = culprit(report);
  if (hop === null || report.verdict === 'streaming') return null;
  const nearer = report.hops.slice(0, report.hops.indexOf(hop));
  return nearer.some(({ verdict }) => verdict === 'streaming') ? hop : null;
}

/** The verdict in one sentence that names the hop. */
export function headline(report: Report): string {
  const hop = culprit(report);
  if (hop === null) return 'nothing was measured';
  if (report.verdict === 'streaming') return allWell(report, hop);
  const who = blamedHop(report) === null ? `"${hop.name}"` : `hop "${hop.name}"`;
  return `${who} ${TELLS[hop.verdict](hop, report.findings)}`;
}

function allWell(report: Report, hop: ReportHop): string {
  const judged = report.hops.every(
    ({ events }) => events.holdBasis !== 'none' && events.holdBasis !== 'pace',
  );
  const how = judged ? 'as they are sent' : 'one by one, at a natural pace';
  return report.hops.length === 1
    ? `"${hop.name}" delivers events ${how}`
    : `every hop delivers events ${how}`;
}

type Tell = (hop: ReportHop, findings: Finding[]) => string;

const TELLS: Readonly<Record<Verdict, Tell>> = {
  streaming: () => 'delivers events as they are sent',
  held: tellHold,
  cut: tellCut,
  altered: tellAltered,
  'not-a-stream': tellOtherAnswer,
  'no-events': (hop) => `answers, but sent no event within ${showMs(hop.timings.totalMs)}`,
  unreachable: (hop) => `gave no answer: ${hop.error?.message ?? 'no response head came'}`,
  inconclusive: (hop) =>
    hop.error ? `cannot be judged: ${hop.error.message}` : 'cannot be judged: too little came to tell',
};

function tellHold({ hold, events, timings }: ReportHop): string {
  if (events.count === 0) return `let no event through in ${showMs(hold?.atLeastMs ?? timings.totalMs)}`;
  switch (hold?.kind) {
    case 'until-close':
      return 'keeps every event until the answer ends';
    case 'until-full':
      return `collects events into blocks${hold.blockBytes === null ? '' : ` of ${showBytes(hold.blockBytes)}`}`;
    case 'for-time':
      return `lets events go only ${hold.periodMs === null ? 'now and then' : `every ${showMs(hold.periodMs)}`}`;
    case 'constant':
      return `delays every event${hold.periodMs === null ? '' : ` by about ${showMs(hold.periodMs)}`}`;
    case 'one-behind':
      return 'lets each event go only when the next one comes';
    case 'head-only':
      return 'keeps the response head back until the first event';
    case 'initial':
      return 'keeps the first events back, then lets them flow';
    default:
      return 'delivers events later than they were sent';
  }
}

function tellCut(hop: ReportHop): string {
  const status = hop.response?.status ?? 0;
  if (status >= 500) return `gave up with status ${status} after ${showMs(hop.timings.totalMs)}`;
  if (hop.end === null) return 'ended the stream before its time';
  if (hop.end.quietMs >= 1_000) return `cut the stream after ${showMs(hop.end.quietMs)} without a byte`;
  return `cut the stream ${showMs(hop.end.afterMs)} after the request`;
}

function tellAltered({ events }: ReportHop): string {
  const { lost, duplicated, reordered } = events;
  const parts = [
    lost ? `lost ${count(lost, 'event')}` : null,
    duplicated ? `repeated ${count(duplicated, 'event')}` : null,
    reordered ? `moved ${count(reordered, 'event')} out of order` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'changed the events on their way' : parts.join(', ');
}

function tellOtherAnswer({ response }: ReportHop): string {
  if (response === null) return 'gave no event stream';
  if (response.status < 200 || response.status > 299) return `answers with status ${response.status}`;
  const type = response.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return type === undefined ? 'answers without a content type' : `answers with ${type.split(';', 1)[0]}`;
}

/** The longest an event was kept: measured, or at least so long; `-` where it cannot be known. */
export function worstHold({ events, hold }: ReportHop): string {
  if (events.holdMs !== null) return showMs(Math.max(0, events.holdMs.max));
  return hold?.atLeastMs == null ? '-' : `>${showMs(hold.atLeastMs)}`;
}

/** What lateness was judged by, for people. */
export const BASIS_WORDS: Readonly<Record<HoldBasis, string>> = {
  stamps: 'the time that the sender wrote into each event',
  'stamps-relative':
    'times inside the events, the fastest one counted as on time: a constant delay cannot be seen',
  'first-hop': 'when the same events came through the first hop',
  trigger: 'the moment of the trigger command',
  pace: 'the rhythm of arrivals alone: a constant delay cannot be seen',
  none: 'the rhythm of arrivals alone: how late events are is not known',
};

/** `nginx/1.22.1, varnish`: products seen on the way, surest first. */
export function seenProducts(hop: ReportHop): string {
  return hop.intermediaries
    .map(({ id, version, confidence }) => {
      const name = version === null ? id : `${id}/${version}`;
      return confidence === 'possible' ? `${name}?` : name;
    })
    .join(', ');
}

/** Findings in the order in which they are told. */
export interface ToldFindings {
  /** What explains the verdict, told in full: errors; without any, what is known about a hop that does not stream. */
  main: Finding[];
  warnings: Finding[];
  infos: Finding[];
}

/** Findings by weight, within one weight those of the hop with the overall verdict first. */
export function toldFindings(report: Report): ToldFindings {
  const first = culprit(report);
  const pick = (severity: Finding['severity']): Finding[] => {
    const found = report.findings.filter((finding) => finding.severity === severity);
    return [
      ...found.filter(({ hop }) => hop === first?.name),
      ...found.filter(({ hop }) => hop !== first?.name),
    ];
  };
  const [errors, warnings, infos] = [pick('error'), pick('warning'), pick('info')];
  if (errors.length > 0 || report.verdict === 'streaming') return { main: errors, warnings, infos };
  const explains = ({ hop }: Finding): boolean => hop === first?.name;
  return {
    main: warnings.filter(explains),
    warnings: warnings.filter((finding) => !explains(finding)),
    infos,
  };
}

/** `9.5 s`, `4096 bytes`, `20 events` (only `20` beside a name that says so already), or the text itself. */
export function evidenceValue({ what, value, unit }: Evidence): string {
  if (typeof value === 'string') return value;
  if (unit === 'ms') return showMs(value);
  if (unit === 'bytes') return showBytes(value);
  return unit === 'events' && !/event/i.test(what) ? count(value, 'event') : String(value);
}
