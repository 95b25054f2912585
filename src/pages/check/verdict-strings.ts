import { showMs } from '../../knowledge/phrases.ts';
import { headline as hopHeadline } from '../../report/words.ts';
import type { HoldKind, Report, Verdict } from '../../types.ts';
import type { Blame, CheckState, CheckVerdict } from './model.ts';
import { BYPASS_HOP, PUBLIC_HOP } from './record.ts';

/** What a verdict is put into words from. */
export interface About {
  blame: Blame;
  verdict: Verdict;
  holdKind: HoldKind | null;
  report: Report;
  state: CheckState;
}

/** What a report holds, for people who have to decide whether to pass it on. */
export const REPORT_CONTENTS =
  'The report holds: the address of this page (without what follows a question mark), the time, the response header fields without cookies and credentials, and when each test event was sent and came. It holds no content of yours: the streams carry numbers and filling only.';

const LATE: Readonly<Record<HoldKind, string>> = {
  'until-close': 'nothing comes until the stream ends, then everything at once',
  'until-full': 'events come in blocks, whenever a buffer is full',
  'for-time': 'events come in bunches, at intervals that something on the way sets',
  constant: 'every event comes late by about the same time',
  'one-behind': 'each event comes only when the next one is sent',
  'head-only': 'the answer itself begins late',
  initial: 'the first events are kept back, then they flow',
  unknown: 'events come late',
};

const PROBLEM: Readonly<Record<Verdict, (about: About) => string>> = {
  streaming: () => 'events come as they are sent',
  held: ({ holdKind }) => LATE[holdKind ?? 'unknown'],
  cut: () => 'the stream is cut off before its end',
  altered: () => 'events are lost, repeated or changed on the way',
  'not-a-stream': () => 'something else answers in place of the stream',
  'no-events': () => 'the connection opens, but no event comes',
  unreachable: () => 'the stream cannot be opened',
  inconclusive: () => 'too little came to tell',
};

/** What somebody does to streams. */
const DOES: Readonly<Record<Verdict, string>> = {
  streaming: 'lets streams through',
  held: 'holds streams up',
  cut: 'cuts streams off',
  altered: 'changes streams',
  'not-a-stream': 'answers in place of streams',
  'no-events': 'keeps events back',
  unreachable: 'blocks streams',
  inconclusive: 'may hold streams up',
};

const HEADLINES: Readonly<Record<Blame, (about: About) => string>> = {
  none: ({ state }) => `Streams from ${state.host} arrive here in time`,
  client: () => 'Streams arrive here in time, on both ways',
  network: ({ verdict }) => `Your network ${DOES[verdict]}`,
  edge: ({ state, verdict }) => `The way into ${state.host} ${DOES[verdict]}, not your network`,
  path: ({ state, verdict }) => `Something between you and ${state.host} ${DOES[verdict]}`,
  bypass: ({ state }) => `Streams from ${state.host} arrive in time; only ${state.compareHost} does not`,
  unknown: () => 'This could not be measured',
};

const MEANING: Readonly<Record<Blame, (about: About) => string[]>> = {
  none: () => [
    'Nothing between the server and this browser holds events back at the moment.',
    'If the application still shows nothing, its own code is the place to look: names of events, several tabs over HTTP/1.1, a reader that waits for the whole answer.',
  ],
  client: ({ state }) => [
    `Events came in time from ${state.host} and from ${state.compareHost}: neither the network nor the server's edge holds them back.`,
    'If the application still shows nothing, its own code is the place to look: names of events, several tabs over HTTP/1.1, a reader that waits for the whole answer.',
  ],
  network: ({ state }) => [
    `Events are late from ${state.host} and also from ${state.compareHost}, which does not pass through the same edge. What both ways share is the network you are in: its proxy, its virus scanner, or one on this computer.`,
    'Whoever runs your network can exempt the host from it; the text below asks for that. To be sure, open this page once over a mobile phone.',
  ],
  edge: ({ state }) => [
    `The second way, ${state.compareHost}, delivers events in time through the same network of yours, so what holds is on the way into ${state.host}: a load balancer, a CDN or a reverse proxy there.`,
    `Send the report to whoever runs ${state.host}.`,
  ],
  path: ({ state }) => [
    `It can be at ${state.host} (a load balancer, a CDN, a reverse proxy) or in your own network (a proxy, a virus scanner). Open this page once from another network, such as a mobile phone: if it is late there as well, it is at ${state.host}; if not, it is your network.`,
    'Send the report to support; they can tell more from it.',
  ],
  bypass: ({ state }) => [
    `The second way, ${state.compareHost}, is late or blocked. The product's own host is not, so the application should work.`,
  ],
  unknown: () => [
    'Too little came to judge by: the streams could not be opened, or the connection broke off. Try again; if it stays so, send the report to support.',
  ],
};

/** Headline and paragraphs. */
export function describe(about: About): Pick<CheckVerdict, 'headline' | 'explanation'> {
  const { blame, report, verdict } = about;
  const problem = PROBLEM[verdict](about);
  const what = `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
  const numbers = verdict === 'streaming' ? null : lateness(report);
  const unreachable = verdict === 'unreachable' ? blockedNote(about) : null;
  return {
    headline: HEADLINES[blame](about),
    explanation: [
      [what, numbers].filter((part) => part !== null).join(' '),
      ...(unreachable === null ? [] : [unreachable]),
      ...MEANING[blame](about),
    ],
  };
}

function blockedNote({ state }: About): string {
  return `A browser does not say why it could not open a stream: a filter, an extension or a firewall may block ${state.host}, or the server does not answer.`;
}

function lateness(report: Report): string | null {
  const holds = report.hops.at(-1)?.events.holdMs;
  if (holds == null || holds.max < 1) return null;
  return `The latest event came ${showMs(holds.max)} later than sent, half of them ${showMs(holds.p50)} or more.`;
}

/** The text to send to whoever can change it; null where nobody has to. */
export function letterFor(about: About): CheckVerdict['letter'] {
  const { blame, state } = about;
  if (blame === 'none' || blame === 'client' || blame === 'bypass') return null;
  const isEdge = blame === 'edge';
  return {
    to: isEdge ? `whoever runs ${state.host}` : 'your IT department',
    subject: `Event streams from ${state.host} do not get through as they should`,
    text: letterText(about, isEdge),
  };
}

/** The report's headline for somebody who knows nothing of hops, which here have no names but these two. */
function wayHeadline(report: Report, host: string): string {
  return hopHeadline(report).replace(
    new RegExp(`^(?:hop )?"(?:${PUBLIC_HOP}|${BYPASS_HOP})"`),
    () => `the way from ${host} to here`,
  );
}

function letterText(about: About, isEdge: boolean): string {
  const { state, report, verdict, blame } = about;
  const hop = report.hops.at(-1);
  const pageUrl = (hop?.url ?? '').replace(/stream(\?.*)?$/, '');
  const lines = [
    `Hello,`,
    '',
    `a web application at ${state.host} sends its news as a stream: one HTTP answer with Content-Type text/event-stream that stays open, in which each event must be passed on the moment it comes. Here ${PROBLEM[verdict](about)}.`,
    '',
    `Measured in a browser at ${state.startedAt} with ${pageUrl}`,
    `Result: ${wayHeadline(report, state.host)}. ${lateness(report) ?? ''}`.trimEnd(),
    ...(state.compareHost === null
      ? []
      : [
          `Compared with a second way, ${state.compareHost}: ${blame === 'network' ? 'the same' : 'in time'}.`,
        ]),
    '',
    ...(isEdge ? edgeAsk(state.host) : networkAsk(state.host, blame)),
    ...knownFixes(report),
    '',
    REPORT_CONTENTS,
    'The attached file can be read with: unclog diagnose FILE',
  ];
  return `${lines.join('\n')}\n`;
}

function networkAsk(host: string, blame: Blame): string[] {
  return [
    ...(blame === 'path'
      ? ['It is not yet known whether this happens in our network or at the provider. In our network:', '']
      : []),
    `Please exempt ${host} (HTTPS, all paths) in the web proxy, secure web gateway and virus scanner from:`,
    '- buffering or scanning of the whole response before it is passed on (content scanning, trickling, "patience pages")',
    '- TLS inspection, where that is what makes the proxy read the response',
    '- idle and maximum-duration timeouts shorter than one hour',
    'An exemption for the content type text/event-stream serves as well where the product has one.',
  ];
}

function edgeAsk(host: string): string[] {
  return [
    `Please let answers with Content-Type text/event-stream pass through the load balancer, CDN or reverse proxy in front of ${host} without response buffering, without compression that is not flushed, and with idle timeouts longer than the pauses in the stream.`,
  ];
}

/** Of products that left their mark: what the knowledge base says about them. */
function knownFixes(report: Report): string[] {
  const standing = (report.hops.at(-1)?.intermediaries ?? []).filter(
    ({ confidence }) => confidence !== 'possible',
  );
  const fixes = report.findings
    .filter(({ severity }) => severity === 'error')
    .flatMap(({ fixes: all }) => all)
    .filter(({ where }) => standing.some(({ id }) => id === where))
    .map(({ where, change }) => `- ${where}: ${change.replaceAll('\n', ' ')}`);
  const few = [...new Set(fixes)].slice(0, 3);
  return few.length === 0 ? [] : ['', 'What is known to help with what was recognised on the way:', ...few];
}
