import type { Confidence, Verdict } from '../../types.ts';
import type { LaneId } from './model.ts';
import type { Outcome } from './ui/view.ts';

/** A time as people say it: `40 ms`, `2.4 s`, `35 s`. */
export function spokenMs(ms: number): string {
  if (ms < 995) return `${Math.round(ms)} ms`;
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? '' : 's'}`;

const outcome: Readonly<Record<Outcome, string>> = {
  good: 'works',
  bad: 'does not work',
  warn: 'take note',
  unknown: 'not known',
  running: 'running',
  later: 'later',
  skipped: 'not tested',
};

const lanes: Readonly<Record<LaneId, { title: string; note: string }>> = {
  eventsource: { title: 'EventSource', note: 'what live pages use' },
  fetch: { title: 'fetch', note: 'what chat answers use' },
  large: { title: 'Large events', note: '2 kB each' },
  quiet: { title: 'Quiet stream', note: 'with a long pause in the middle' },
  control: { title: 'Second way', note: 'to another server, past the edge of this one' },
};

const upTo = (longestMs: number | null) =>
  longestMs === null ? '' : `, held for up to ${spokenMs(longestMs)}`;

const laneVerdicts: Readonly<Record<Verdict, (events: number, longestMs: number | null) => string>> = {
  streaming: (events, ms) => `${count(events, 'event')} came as they were sent${upTo(ms)}.`,
  held: (events, ms) => `${count(events, 'event')} came late${upTo(ms)}.`,
  cut: (events) => `The stream was cut off after ${count(events, 'event')}.`,
  altered: (events) => `Of the events sent, ${events} came; some are lost, repeated or changed.`,
  'not-a-stream': () => 'Something else than a stream was answered.',
  'no-events': () => 'The connection opened, and no event came.',
  unreachable: () => 'The stream could not be opened.',
  inconclusive: (events) => `Only ${count(events, 'event')} came: too few to judge.`,
};

const confidence: Readonly<Record<Confidence, string>> = {
  proven: 'proven',
  likely: 'likely',
  possible: 'possible',
};

interface LaneSummary {
  title: string;
  arrived: number;
  sent: number;
  openedMs: number | null;
  firstMs: number | null;
  longestHoldMs: number | null;
  atOnce: number;
}

interface NotedLane {
  verdict: Verdict;
  arrived: number;
  planned: number;
  bytes: number;
  first: string | null;
  held: string | null;
  error: string | null;
}

/** What the developer's text says. */
const note = {
  result: (verdict: Verdict, kind: string | null, host: string) =>
    `Event streams from ${host}, as a browser sees them: ${verdict}${kind === null ? '' : ` (${kind})`}`,
  measured: (at: string, protocol: string | null) => `Measured ${at}, protocol ${protocol ?? 'not known'}`,
  lane(title: string, lane: NotedLane): string {
    const parts = [
      lane.verdict,
      `${lane.arrived} of ${count(lane.planned, 'event')} of ${lane.bytes} bytes`,
      ...(lane.first === null ? [] : [`first after ${lane.first}`]),
      ...(lane.held === null ? [] : [`held for up to ${lane.held}`]),
      ...(lane.error === null ? [] : [lane.error]),
    ];
    return `- ${title}: ${parts.join(', ')}`;
  },
  warning: (text: string) => `- Take note: ${text}`,
  expected: (text: string, expected: string) => `${text} (expected: ${expected})`,
  fix: (where: string) => `Fix in ${where}:`,
  again: (file: string) => `To judge the recording again: unclog diagnose ${file}`,
  next: (command: string) => `To measure from the command line: ${command}`,
};

/** Every word of the page, but those of verdicts and of letters: verdict-strings.ts. */
export const strings = {
  title: 'Do streams get through? unclog',
  brand: 'unclog: do streams get through?',
  outcome,
  lanes,
  laneVerdicts,
  confidence,
  note,
  start: 'Test this connection',
  startHere: 'Test my own connection',
  stop: 'Stop',
  again: 'Test again',
  progress: 'Progress of the test',
  stopped: { headline: 'Stopped before the end', meaning: ['What came until then is below.'] },
  running: {
    clock: (host: string) => ({ headline: 'Getting ready', meaning: [`Measuring the way to ${host}.`] }),
    opening: (host: string) => ({ headline: 'Opening streams', meaning: [`Asking ${host} for events.`] }),
    silent: (time: string) => ({
      headline: 'Nothing has arrived yet',
      meaning: [`The server has been sending for ${time}. Waiting for the streams to end.`],
    }),
    flowing: { headline: 'Events arrive as they are sent', meaning: ['So far. A few more seconds.'] },
    late: (time: string) => ({ headline: 'Events arrive late', meaning: [`Up to ${time} so far.`] }),
    reconnection: {
      headline: 'Cutting a stream off',
      meaning: ['On purpose, to see whether the browser goes on where it stopped.'],
    },
    connections: {
      headline: 'Opening many streams',
      meaning: ['To see how many this browser may have open at once.'],
    },
    quiet: {
      headline: 'Waiting in silence',
      meaning: ['Nothing is sent, on purpose. Does the stream stay open?'],
    },
  },
  milestones: {
    started: 'The test has started.',
    connected: 'Connected. Waiting for events.',
    firstEvent: (time: string) => `The first event arrived after ${time}.`,
    silent: 'The server is sending, but nothing has arrived yet.',
    quiet: (seconds: number) => `The quiet stretch has begun: ${count(seconds, 'second')}.`,
    stopped: 'The test was stopped.',
    done: (headline: string) => `Result: ${headline}.`,
  },
  counts: {
    none: '–',
    growing: 'and counting',
    connected: {
      name: 'Connected after',
      words: { good: 'at once', warn: 'a bit late', bad: 'late' },
    },
    first: { name: 'First event after', words: { good: 'on time', warn: 'a bit late', bad: 'late' } },
    hold: {
      name: 'Longest delay',
      words: { good: 'not held', warn: 'just once', bad: 'held back' },
    },
    arrived: {
      name: 'Events arrived',
      value: (arrived: number, sent: number) => (sent === 0 ? 'none' : `${arrived} of ${sent}`),
      words: { good: 'all', bad: 'some missing' } as Partial<Record<Outcome, string>>,
    },
  },
  lanesTitle: 'Sent and arrived',
  legendSent: 'sent by the server',
  legendArrived: 'arrived in this browser',
  legendOnTime: 'upright line: at once',
  legendLate: 'slanting line: held back on the way',
  railSent: 'sent',
  railArrived: 'arrived',
  axisSeconds: (seconds: number) => `${seconds} s`,
  laneWaiting: 'its turn comes later',
  laneReconnecting: 'connection lost, trying again',
  laneFailed: 'no stream',
  laneBroken: 'broke off',
  laneSilent: (ms: number) => `nothing for ${spokenMs(ms)}`,
  laneQuiet: (ms: number) => `quiet on purpose: ${Math.ceil(ms / 1000)} s left`,
  laneAtOnce: (events: number) => `${events} at once`,
  laneSummary(lane: LaneSummary): string {
    const parts = [
      lane.openedMs === null ? 'not connected' : `connected after ${spokenMs(lane.openedMs)}`,
      `${lane.arrived} of ${count(lane.sent, 'event')} arrived`,
    ];
    if (lane.firstMs !== null) parts.push(`the first after ${spokenMs(lane.firstMs)}`);
    if (lane.longestHoldMs !== null) parts.push(`held for up to ${spokenMs(lane.longestHoldMs)}`);
    if (lane.atOnce > 0) parts.push(`${lane.atOnce} of them at once`);
    return `${lane.title}: ${parts.join(', ')}.`;
  },
  tableTitle: 'The same in numbers',
  tableNumbers: 'Times of each event',
  tableEvent: 'Event',
  tableSent: 'Sent',
  tableArrived: 'Arrived',
  tableHeld: 'Held',
  tableMs: (ms: number) => `${Math.round(ms)} ms`,
  adviceTitle: 'What this means',
  causesTitle: 'What was found',
  warningsTitle: 'What limits trust in these numbers',
  checksTitle: 'What was tested',
  checkStopped: 'Not tested: the test was stopped before.',
  checkLater: 'When the streams have come.',
  checkRunning: 'Under way.',
  checkArrived: (arrived: number, planned: number) => `${arrived} of ${count(planned, 'event')} so far.`,
  reconnection: {
    name: 'Reconnection',
    passed: 'Cut off on purpose, the browser came back and the server went on with the next event.',
    dropped:
      'The browser came back, but the server was not told where it had stopped: Last-Event-ID is lost on the way.',
    changed: 'The browser came back, but the server was told another place than where it had stopped.',
  },
  connections: {
    name: 'Many streams at once',
    all: (asked: number) => `All of ${count(asked, 'stream')} opened at the same time.`,
    limited: (opened: number, asked: number) =>
      `Only ${opened} of ${count(asked, 'stream')} opened at the same time; the others waited. Over HTTP/1.1 a browser opens six connections to a site, all tabs together: a seventh tab hangs.`,
  },
  protocol: {
    name: 'Protocol',
    unknown: 'The browser does not say.',
    known: (protocol: string, old: boolean) => {
      const names: Readonly<Record<string, string>> = { h2: 'HTTP/2', h3: 'HTTP/3', h2c: 'HTTP/2' };
      const name = names[protocol] ?? protocol.toUpperCase();
      return old
        ? `${name}: each open stream takes one of the six connections that a browser has for a site.`
        : `${name}: many streams share one connection.`;
    },
  },
  lettersTitle: 'Whom to tell, and what',
  lettersWhere: 'It is not known which of the two it is, so tell both.',
  recipients: {
    site: 'The people who run this site',
    it: 'Your IT department',
    developer: 'The developer',
  },
  reasons: {
    site: 'Asks them to let streams through what stands in front of the site.',
    it: 'Asks them to exempt this site from what holds answers back in your network.',
    developer: 'The numbers, what was found, and the lines that fix it.',
  },
  letter: (subject: string, text: string) => `Subject: ${subject}\n\n${text}`,
  letterFor: (recipient: string) => `Text: ${recipient}`,
  copyLetter: 'Copy this text',
  letterCopied: 'Copied. Paste it into a message.',
  copyFailed: 'This browser does not let the page copy. Select the text and copy it yourself.',
  linkNoticeTitle: 'Somebody else’s result.',
  linkNotice: (when: string) => `Measured in another browser on ${when}.`,
  linkOld: 'More than a week ago: things may have changed.',
  offlineHint: 'This computer says that it is offline.',
  policyHint:
    'The policy that came with this page (Content-Security-Policy) forbids its connections: something on the way has changed it.',
  badLink: {
    headline: 'This link holds no result that can be read',
    meaning: ['It may have been cut off when it was copied. Ask for it again, or test your own connection.'],
  },
  shareTitle: 'Take the result along',
  shareWhat: 'The link holds the whole result behind its # sign, which browsers do not send to servers.',
  shareTooLong: 'The report holds everything that was measured.',
  copyLink: 'Copy a link to this result',
  linkCopied: 'Copied the link.',
  copyReport: 'Copy the report (JSON)',
  reportCopied: 'Copied the report.',
  downloadReport: 'Download the report (JSON)',
  reportDownloaded: (name: string) => `Saved as ${name}.`,
  contentsTitle: 'What the report contains',
  reportText: 'The report, as text',
  quietTitle: 'Does a quiet stream stay open?',
  quietWhat:
    'Many proxies cut a connection on which nothing happens for a while. This tests again, with one more stream that falls silent in the middle.',
  quietChoice: 'Silent for',
  quietOption: (ms: number) => count(Math.round(ms / 1000), 'second'),
  quietStart: 'Test with a quiet stretch',
  privacy: 'Nothing is stored on the server. The result stays in this browser until you send it to somebody.',
};
